import type { KnownFact, ReadModel, SessionSummary } from '../domain/read-model.ts';
import { machineOf } from './machine-line.ts';
import { type TimelineEntry, toTimeline } from './timeline.ts';

/** A session's timeline, with what its machine did meanwhile. */
export function sessionTimeline(
  readModel: Pick<ReadModel, 'machineEvents'>,
  session: SessionSummary,
  facts: readonly KnownFact[],
): TimelineEntry[] {
  const machine = machineOf(session);
  return toTimeline(facts, machine === null ? [] : readModel.machineEvents(machine));
}
