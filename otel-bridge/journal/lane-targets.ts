import type { BridgeConfig } from '../config.ts';
import { LANES, type Lane } from '../domain/outbox.ts';

/** Which targets take which lane, from the configuration. */
export function laneTargets(
  targets: BridgeConfig['targets'],
  traces: boolean,
): Readonly<Record<Lane, readonly string[]>> {
  const takes = (lane: Lane): string[] => {
    const raw = lane.startsWith('raw/');
    if (lane === 'traces' && !traces) return [];
    return targets
      .filter(({ endpoint, raw_endpoint, signals }) => {
        return (raw ? raw_endpoint : endpoint) !== null && signals.some((signal) => lane.endsWith(signal));
      })
      .map(({ name }) => name);
  };
  return Object.fromEntries(LANES.map((lane) => [lane, takes(lane)])) as unknown as Record<
    Lane,
    readonly string[]
  >;
}
