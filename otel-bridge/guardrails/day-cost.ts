import { localDate, startOfDay } from '../domain/calendar.ts';
import type { DayCost } from '../domain/guardrail.ts';
import type { ReadModel } from '../domain/read-model.ts';

/** A sum over a day is not taken anew for each call, ms. */
const FRESH_MS = 5000;

/** What projects cost since midnight, at most five seconds old. @param now unix ms */
export function createDayCost(
  readModel: Pick<ReadModel, 'usage'>,
  timezone: string,
  now: () => number = Date.now,
): (project: string) => DayCost {
  const known = new Map<string, DayCost & { readonly takenMs: number }>();
  return (project) => {
    const nowMs = now();
    const date = localDate(nowMs, timezone);
    const before = known.get(project);
    if (before !== undefined && before.date === date && nowMs - before.takenMs < FRESH_MS) return before;
    const { total } = readModel.usage({
      by: ['project'],
      fromMs: startOfDay(nowMs, timezone),
      toMs: nowMs + 1,
      timezone,
      project,
    });
    const cost = { date, costNanoUsd: total.costNanoUsd ?? 0, takenMs: nowMs };
    known.set(project, cost);
    return cost;
  };
}
