import { type Lane, laneSignal, type Signal } from './outbox.ts';

/** What of a target decides which lanes it takes; the fields as in bridge.json. */
export interface LaneTarget {
  readonly endpoint: string | null;
  readonly raw_endpoint: string | null;
  readonly signals: readonly Signal[];
  readonly digests?: boolean | undefined;
}

/** Base URL of a target for a lane; null where it does not take it. */
export function laneEndpoint(target: LaneTarget, lane: Lane): string | null {
  if (!target.signals.includes(laneSignal(lane))) return null;
  if (lane.startsWith('digest/') && target.digests !== true) return null;
  return lane.startsWith('raw/') ? target.raw_endpoint : target.endpoint;
}
