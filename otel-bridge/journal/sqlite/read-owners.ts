import type { DatabaseSync } from 'node:sqlite';
import { NO_SESSION_OWNER } from '../../domain/read-model.ts';

/** To whom a session belongs by now. */
export interface SessionOwner {
  readonly project: string;
  readonly agent: string;
  readonly framework: string;
}

/** Answers who owns a session, each looked up once: for the time of one answer, since attribution gets better. */
export function createOwnerLookup(database: DatabaseSync): () => (sessionId: unknown) => SessionOwner {
  const select = database.prepare('SELECT project, agent, framework FROM sessions WHERE id = ?');
  return () => {
    const known = new Map<string, SessionOwner>();
    return (sessionId) => {
      if (typeof sessionId !== 'string') return NO_SESSION_OWNER;
      let owner = known.get(sessionId);
      if (owner === undefined) {
        const row = select.get(sessionId);
        owner =
          row === undefined
            ? NO_SESSION_OWNER
            : {
                project: String(row.project),
                agent: String(row.agent),
                framework: String(row.framework),
              };
        known.set(sessionId, owner);
      }
      return owner;
    };
  };
}
