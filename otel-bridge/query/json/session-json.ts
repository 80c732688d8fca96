import type { SessionSummary } from '../../domain/read-model.ts';
import { isoTime, isoTimeOrNull } from './time.ts';
import { usageJson } from './usage-json.ts';

/** A session as the API gives it, with what it used. */
export function sessionJson(session: SessionSummary) {
  const { sessions: _, ...usage } = usageJson(session.totals);
  return {
    session_id: session.id,
    framework: session.framework,
    client_id: session.clientId,
    host: session.host,
    project: session.project,
    agent: session.agent,
    repository: session.repository,
    branch: session.branch,
    cwd: session.cwd,
    model: session.model,
    state: session.state,
    start_type: session.startType,
    started_at: isoTime(session.startedMs),
    last_event_at: isoTime(session.lastMs),
    ended_at: isoTimeOrNull(session.endedMs),
    end_reason: session.endReason,
    ...usage,
  };
}
