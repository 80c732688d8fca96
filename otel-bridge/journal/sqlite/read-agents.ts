import type { DatabaseSync } from 'node:sqlite';
import type { AgentFreshness } from '../../domain/read-model.ts';

const DAY_MS = 86_400_000;
/** How many of an agent's newest sessions are searched for its newest log record. */
const MAX_SESSIONS_SEARCHED = 20;

/** Every agent that was ever seen, with how fresh it is. */
export function createAgentReader(
  database: DatabaseSync,
  { clock }: { clock: () => number },
): () => AgentFreshness[] {
  const select = database.prepare(
    `SELECT framework, project, agent, max(last_ms) AS last_ms, sum(last_ms >= ?) AS sessions_24h
     FROM sessions GROUP BY framework, project, agent ORDER BY last_ms DESC`,
  );
  // The newest record may lie in any of the newest sessions: each of them gives its own.
  const newestLog = database.prepare(
    `SELECT max((SELECT s.ts_ms FROM events_of_sessions s JOIN events e ON e.seq = s.seq
       WHERE s.session_id = recent.id AND e.origin = 'telemetry' ORDER BY s.ts_ms DESC LIMIT 1)) AS last_ms
     FROM (SELECT id FROM sessions WHERE framework = ? AND project = ? AND agent = ?
       ORDER BY last_ms DESC LIMIT ${MAX_SESSIONS_SEARCHED}) AS recent`,
  );
  return () =>
    select.all(clock() - DAY_MS).map((row) => {
      const framework = String(row.framework);
      const project = String(row.project);
      const agent = String(row.agent);
      const lastLogMs = newestLog.get(framework, project, agent)?.last_ms;
      return {
        framework,
        project,
        agent,
        lastEventMs: Number(row.last_ms),
        lastMetricMs: null,
        lastLogMs: typeof lastLogMs === 'number' ? lastLogMs : null,
        lastSpanMs: null,
        sessions24h: Number(row.sessions_24h),
      };
    });
}
