import type { Session } from '../../domain/session.ts';

/** Columns of the table `sessions` in the order of `sessionRow`; the id is the first. */
export const SESSION_COLUMNS = [
  'id',
  'framework',
  'client_id',
  'host',
  'project',
  'project_rank',
  'agent',
  'agent_rank',
  'repository',
  'branch',
  'cwd',
  'model',
  'started_ms',
  'last_ms',
  'ended_ms',
  'end_reason',
  'start_type',
  'own_spans',
  'first_received_ms',
  'told_ms',
] as const;

/** Values of one session in the order of `SESSION_COLUMNS`. */
export function sessionRow(session: Session): (string | number | null)[] {
  return [
    session.id,
    session.framework,
    session.clientId,
    session.host,
    session.project,
    session.projectRank,
    session.agent,
    session.agentRank,
    session.repository,
    session.branch,
    session.cwd,
    session.model,
    session.startedMs,
    session.lastMs,
    session.endedMs,
    session.endReason,
    session.startType,
    session.ownSpans ? 1 : 0,
    session.firstReceivedMs,
    JSON.stringify(session.toldMs),
  ];
}

/** The session of a row of the table `sessions`. */
export function rowSession(row: Record<string, unknown>): Session {
  const text = (value: unknown): string | null => (value === null ? null : String(value));
  return {
    id: String(row.id),
    framework: String(row.framework),
    clientId: text(row.client_id),
    host: text(row.host),
    project: String(row.project),
    projectRank: Number(row.project_rank),
    agent: String(row.agent),
    agentRank: Number(row.agent_rank),
    repository: text(row.repository),
    branch: text(row.branch),
    cwd: text(row.cwd),
    model: text(row.model),
    startedMs: Number(row.started_ms),
    lastMs: Number(row.last_ms),
    endedMs: row.ended_ms === null ? null : Number(row.ended_ms),
    endReason: text(row.end_reason),
    startType: text(row.start_type),
    ownSpans: row.own_spans === 1,
    firstReceivedMs: Number(row.first_received_ms),
    toldMs: JSON.parse(String(row.told_ms)) as Session['toldMs'],
  };
}
