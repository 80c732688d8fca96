import { endImplicitRun } from '../../../projections/implied-end.ts';
import { FACT_COLUMNS, factRow, rowFact } from '../fact-row.ts';
import { createProjectionStore } from '../projection-store.ts';
import { type FactColumns, factColumns } from './corrected-fact.ts';
import type { RebuildContext } from './rebuild-context.ts';

/**
 * What the read model should hold of a fact that it does not hold: it is shown and summed, and moves no counter, as
 * everything that is learned late.
 */
export function createLateFact({
  scratch,
  settings,
  now,
}: RebuildContext): (rebuilt: Readonly<Record<string, unknown>>) => FactColumns {
  const { hasApiFacts, session } = createProjectionStore(scratch);

  return (rebuilt) => {
    const fact = rowFact(rebuilt);
    const { kind, sessionId, runId } = fact;
    const home = sessionId === null ? undefined : session(sessionId);
    const isSilent =
      home !== undefined && (home.endedMs !== null || home.lastMs < now() - settings.idleEndMs);
    const ended =
      kind === 'run' && isSilent
        ? endImplicitRun(fact, Math.max(home.lastMs, fact.startMs ?? 0), now(), settings)
        : null;
    const isRepeated = kind === 'usage' && sessionId !== null && hasApiFacts(sessionId, runId);
    const row = factRow(ended ?? fact, isRepeated || rebuilt.superseded === 1);
    const columns = Object.fromEntries(FACT_COLUMNS.map((column, place) => [column, row[place]]));
    return factColumns({ ...columns, state: 'counted', due_ms: null });
  };
}
