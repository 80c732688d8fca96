import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { MonitorError } from '../../domain/error.ts';
import type { PruneRequest } from '../../domain/journal.ts';
import { isoTime } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { parameter, readParameters, textParameter } from '../parameters.ts';

/** Deleting from the journal: one session, or events from before a time. */
export function registerPruneRoutes(app: FastifyInstance, { operations, readModel }: RouteContext): void {
  app.post('/v1/prune', async (request) => {
    const { session_id, before, dry_run } = readParameters(
      {
        session_id: textParameter,
        before: parameter(z.iso.datetime({ offset: true }), 'a time such as 2026-11-01T00:00:00Z').optional(),
        dry_run: parameter(z.boolean(), 'true or false').default(false),
      },
      request.body,
    );
    const what = requestOf(session_id, before);
    const session = 'sessionId' in what ? readModel.session(what.sessionId) : null;
    const counts = dry_run ? await operations.countPrunable(what) : await operations.prune(what);
    return {
      dry_run,
      events: counts.events,
      facts: counts.facts,
      records: counts.records,
      session_started_at: session === null ? null : isoTime(session.startedMs),
    };
  });
}

function requestOf(sessionId: string | undefined, before: string | undefined): PruneRequest {
  if (sessionId !== undefined && before === undefined) return { sessionId };
  if (sessionId === undefined && before !== undefined) return { beforeMs: Date.parse(before) };
  throw new MonitorError('invalid', 'Cannot prune: wanted either "session_id" or "before"');
}
