import type { DatabaseSync } from 'node:sqlite';
import type { AgentFreshness } from '../../domain/read-model.ts';

const DAY_MS = 86_400_000;

/**
 * Every agent that was ever seen, with how fresh it is. Sessions know when telemetry told of them last: to look for it
 * among the events of sessions that have none would be to read them all.
 */
export function createAgentReader(
  database: DatabaseSync,
  { clock }: { clock: () => number },
): () => AgentFreshness[] {
  const select = database.prepare(
    `SELECT framework, project, agent, max(last_ms) AS last_ms, sum(last_ms >= ?) AS sessions_24h,
       max(told_ms ->> 'telemetry') AS last_log_ms
     FROM sessions GROUP BY framework, project, agent ORDER BY last_ms DESC`,
  );
  return () =>
    select.all(clock() - DAY_MS).map((row) => ({
      framework: String(row.framework),
      project: String(row.project),
      agent: String(row.agent),
      lastEventMs: Number(row.last_ms),
      lastMetricMs: null,
      lastLogMs: row.last_log_ms === null ? null : Number(row.last_log_ms),
      lastSpanMs: null,
      sessions24h: Number(row.sessions_24h),
    }));
}
