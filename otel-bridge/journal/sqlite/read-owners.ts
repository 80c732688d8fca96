import type { DatabaseSync } from 'node:sqlite';
import { NO_SESSION_OWNER } from '../../domain/read-model.ts';

/** To whom a session belongs by now. */
export interface SessionOwner {
  readonly project: string;
  readonly agent: string;
  readonly framework: string;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly host: string | null;
}

const NO_OWNER: SessionOwner = { ...NO_SESSION_OWNER, repository: null, branch: null, host: null };

/** Answers who owns a session, each looked up once: for the time of one answer, since attribution gets better. */
export function createOwnerLookup(database: DatabaseSync): () => (sessionId: unknown) => SessionOwner {
  const select = database.prepare(
    'SELECT project, agent, framework, repository, branch, host FROM sessions WHERE id = ?',
  );
  return () => {
    const known = new Map<string, SessionOwner>();
    return (sessionId) => {
      if (typeof sessionId !== 'string') return NO_OWNER;
      let owner = known.get(sessionId);
      if (owner === undefined) {
        const row = select.get(sessionId);
        owner =
          row === undefined
            ? NO_OWNER
            : {
                project: String(row.project),
                agent: String(row.agent),
                framework: String(row.framework),
                repository: textOrNull(row.repository),
                branch: textOrNull(row.branch),
                host: textOrNull(row.host),
              };
        known.set(sessionId, owner);
      }
      return owner;
    };
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
