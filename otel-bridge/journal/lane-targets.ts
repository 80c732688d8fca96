import type { BridgeConfig } from '../config.ts';
import { laneEndpoint } from '../domain/lane-endpoint.ts';
import { LANES, type Lane } from '../domain/outbox.ts';

/** Which targets take which lane, from the configuration. */
export function laneTargets(
  targets: BridgeConfig['targets'],
  traces: boolean,
): Readonly<Record<Lane, readonly string[]>> {
  const takes = (lane: Lane): string[] => {
    if (lane === 'traces' && !traces) return [];
    return targets.filter((target) => laneEndpoint(target, lane) !== null).map(({ name }) => name);
  };
  return Object.fromEntries(LANES.map((lane) => [lane, takes(lane)])) as unknown as Record<
    Lane,
    readonly string[]
  >;
}
