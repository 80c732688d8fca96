import { type ReadModel, USAGE_DIMENSIONS } from '../../otel-bridge/domain/read-model.ts';
import { openSqliteReadModel } from '../../otel-bridge/journal/sqlite/reader.ts';

/** Everything that the read model sums, in every grouping, in an order that depends on the figures alone. */
export function readFigures(path: string, nowMs: number): object {
  using model = openSqliteReadModel({
    path,
    clock: () => nowMs,
    idleEndMs: 1_800_000,
    abandonedAfterMs: 7_200_000,
  });
  return figuresOf(model, nowMs);
}

/** The same of a read model that is open. */
export function figuresOf(model: ReadModel, nowMs: number): object {
  const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const groupings = [...USAGE_DIMENSIONS.map((name) => [name]), ['day', 'model', 'tool', 'session'] as const];
  const usage = groupings.map((by) => model.usage({ by, ...all, timezone: 'UTC' }));
  const buckets = model.timeseries({ fromMs: nowMs - 30 * 86_400_000, toMs: nowMs, bucketMs: 3_600_000 });
  return {
    usage,
    tools: sorted(model.toolStats(all)),
    unpriced: sorted(model.unpricedModels(0)),
    averageRunMs: Math.round(model.averageRunMs(0, Number.MAX_SAFE_INTEGER) ?? -1),
    sessions: model.listSessions({ limit: 1000 }).sessions,
    activity: {
      runs: buckets.reduce((sum, { runs }) => sum + runs, 0),
      tools: buckets.reduce((sum, { tools }) => sum + tools, 0),
      errors: buckets.reduce((sum, { errors }) => sum + errors, 0),
    },
  };
}

function sorted<T>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
