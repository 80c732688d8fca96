import type { DatabaseSync } from 'node:sqlite';
import type { OpenTool, ReadModel, ToolStats } from '../../domain/read-model.ts';
import { ACTIVITY_ERROR, IN_RANGE, IS_ACTIVITY, IS_TOOL_CALL, PERIOD, rangeParameters } from './fact-sums.ts';
import { createOwnerLookup } from './read-owners.ts';
import { ROLLED_TOOLS } from './rollup-sums.ts';

/** Tool calls of sessions that are not over: they may still end. */
export function createOpenToolReader(
  database: DatabaseSync,
  { clock, abandonedAfterMs }: { clock: () => number; abandonedAfterMs: number },
): () => OpenTool[] {
  const select = database.prepare(
    `SELECT facts.session_id, run_id, name, start_ms FROM facts LEFT JOIN sessions ON sessions.id = session_id
     WHERE kind = 'tool' AND end_ms IS NULL AND start_ms IS NOT NULL AND superseded = 0 AND ended_ms IS NULL
       AND coalesce(last_ms, start_ms) >= ?
     ORDER BY start_ms`,
  );
  const ownerLookup = createOwnerLookup(database);
  return () => {
    const ownerOf = ownerLookup();
    return select.all(clock() - abandonedAfterMs).map((row) => {
      const { project, agent } = ownerOf(row.session_id);
      return {
        sessionId: textOrNull(row.session_id),
        runId: textOrNull(row.run_id),
        project,
        agent,
        name: textOrNull(row.name),
        startedMs: Number(row.start_ms),
      };
    });
  };
}

/** How often each tool was called, how often that failed and how long it took. */
export function createToolStatsReader(database: DatabaseSync): ReadModel['toolStats'] {
  const select = database.prepare(
    `SELECT session_id, name, count(*) AS calls, sum(${ACTIVITY_ERROR}) AS errors,
       sum(duration_ms) AS total_ms, max(duration_ms) AS max_ms
     FROM facts WHERE ${IS_ACTIVITY} AND ${IN_RANGE} AND ${IS_TOOL_CALL}
     GROUP BY ${PERIOD}, session_id, kind, name`,
  );
  const rolled = database.prepare(ROLLED_TOOLS);
  const ownerLookup = createOwnerLookup(database);
  return ({ fromMs, toMs, project, agent }) => {
    const ownerOf = ownerLookup();
    const tools = new Map<string | null, ToolStats>();
    for (const row of [
      ...select.iterate(rangeParameters(fromMs, toMs)),
      ...rolled.iterate({ fromMs, toMs }),
    ]) {
      const owner = ownerOf(row.session_id);
      if (project !== undefined && owner.project !== project) continue;
      if (agent !== undefined && owner.agent !== agent) continue;
      const name = textOrNull(row.name);
      const known = tools.get(name);
      tools.set(name, {
        name,
        calls: (known?.calls ?? 0) + Number(row.calls),
        errors: (known?.errors ?? 0) + Number(row.errors),
        totalDurationMs: merge(known?.totalDurationMs, row.total_ms, (a, b) => a + b),
        maxDurationMs: merge(known?.maxDurationMs, row.max_ms, Math.max),
      });
    }
    return [...tools.values()].sort((a, b) => b.calls - a.calls);
  };
}

/** Null is "not told": it leaves the other value as it is. */
function merge(
  known: number | null | undefined,
  value: unknown,
  combine: (a: number, b: number) => number,
): number | null {
  if (typeof value !== 'number') return known ?? null;
  return known === null || known === undefined ? value : combine(known, value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
