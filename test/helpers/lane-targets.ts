import { LANES } from '../../otel-bridge/domain/outbox.ts';
import type { LaneTargets } from '../../otel-bridge/journal/sqlite/outbox-table.ts';

/** Every lane goes to these targets. */
export function allLanesTo(...targets: readonly string[]): LaneTargets {
  return Object.fromEntries(LANES.map((lane) => [lane, targets])) as unknown as LaneTargets;
}

/** No lane has a target: embedded, without back ends. */
export const NO_TARGETS = allLanesTo();
