import type { DatabaseSync } from 'node:sqlite';
import type { GuardLoad } from '../../domain/guardrail.ts';
import { snapshot } from './open-read-database.ts';

/** So many of the newest tool calls are looked at for failures in a row. */
const NEWEST_CALLS = 100;
const FAILED = new Set(['failure', 'error']);

/** By kind, since each has an index of its own. */
function usageOf(kind: 'api' | 'usage'): string {
  return `SELECT input_tokens + output_tokens + cache_creation_tokens AS tokens, cost_nano_usd AS cost
          FROM facts WHERE session_id = ?1 AND run_id IS ?2 AND kind = '${kind}' AND superseded = 0`;
}

/**
 * Reads what a session used up; null for one that is not known. Agents wait for it before each call of a tool, so it takes
 * no longer in a long session than in a short one: what is read is found by an index. @param clock unix ms
 */
export function createGuardLoadReader(
  database: DatabaseSync,
  clock: () => number,
): (sessionId: string) => GuardLoad | null {
  const session = database.prepare(
    'SELECT project, agent, framework, host, last_ms FROM sessions WHERE id = ?',
  );
  const run = database.prepare(
    `SELECT run_id, start_ms, end_ms, json_extract(data, '$.implicit_end') AS implicit_end,
            json_extract(data, '$.task_id') AS task_id FROM facts WHERE session_id = ? AND kind = 'run'
     ORDER BY start_ms DESC, first_seq DESC LIMIT 1`,
  );
  const usage = database.prepare(
    `SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(cost), 0) AS cost
     FROM (${usageOf('api')} UNION ALL ${usageOf('usage')})`,
  );
  const files = database.prepare(
    `SELECT count(*) AS count FROM facts
     WHERE session_id = ? AND kind = 'tool' AND json_extract(data, '$.action') = 'file'`,
  );
  const calls = database.prepare(
    `SELECT outcome FROM facts WHERE session_id = ? AND kind = 'tool' AND end_ms IS NOT NULL
     ORDER BY at_ms DESC, first_seq DESC LIMIT ${NEWEST_CALLS}`,
  );
  const read = (sessionId: string): GuardLoad | null => {
    const known = session.get(sessionId);
    if (known === undefined) return null;
    const newest = run.get(sessionId);
    const runId = newest === undefined ? null : String(newest.run_id);
    const sums = usage.get(sessionId, runId);
    let failuresInRow = 0;
    // Row by row: mostly the newest one went well.
    for (const { outcome } of calls.iterate(sessionId)) {
      if (!FAILED.has(String(outcome))) break;
      failuresInRow += 1;
    }
    // A run whose end nobody will tell goes on as long as its session is heard of.
    const untilMs = (isImplicit: boolean): number => (isImplicit ? Number(known.last_ms) : clock());
    return {
      project: String(known.project),
      agent: String(known.agent),
      framework: String(known.framework),
      host: known.host === null ? null : String(known.host),
      runId,
      taskId: typeof newest?.task_id === 'string' ? newest.task_id : null,
      runStartedMs: typeof newest?.start_ms === 'number' ? newest.start_ms : null,
      runUntilMs: newest === undefined || newest.end_ms !== null ? null : untilMs(newest.implicit_end === 1),
      tokens: Number(sums?.tokens),
      costNanoUsd: Number(sums?.cost),
      fileOperations: Number(files.get(sessionId)?.count),
      failuresInRow,
    };
  };
  return (sessionId) => snapshot(database, () => read(sessionId));
}
