import type { DatabaseSync } from 'node:sqlite';
import type { GuardLoad } from '../../domain/guardrail.ts';

/** So many of the newest tool calls are looked at for failures in a row. */
const NEWEST_CALLS = 100;
const FAILED = new Set(['failure', 'error']);

/** Reads what a session used up; null for one that is not known. @param clock unix ms */
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
    `SELECT coalesce(sum(input_tokens + output_tokens + cache_creation_tokens), 0) AS tokens,
            coalesce(sum(cost_nano_usd), 0) AS cost
     FROM facts WHERE session_id = ? AND run_id IS ? AND kind IN ('api', 'usage') AND superseded = 0`,
  );
  const files = database.prepare(
    `SELECT count(*) AS count FROM facts
     WHERE session_id = ? AND kind = 'tool' AND json_extract(data, '$.action') = 'file'`,
  );
  const calls = database.prepare(
    `SELECT outcome FROM facts WHERE session_id = ? AND kind = 'tool' AND end_ms IS NOT NULL
     ORDER BY end_ms DESC, first_seq DESC LIMIT ${NEWEST_CALLS}`,
  );
  return (sessionId) => {
    const known = session.get(sessionId);
    if (known === undefined) return null;
    const newest = run.get(sessionId);
    const runId = newest === undefined ? null : String(newest.run_id);
    const sums = usage.get(sessionId, runId);
    const outcomes = calls.all(sessionId).map(({ outcome }) => String(outcome));
    // A run whose end nobody will tell goes on as long as its session is heard of.
    const untilMs = (isImplicit: boolean): number => (isImplicit ? Number(known.last_ms) : clock());
    const firstWell = outcomes.findIndex((outcome) => !FAILED.has(outcome));
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
      failuresInRow: firstWell < 0 ? outcomes.length : firstWell,
    };
  };
}
