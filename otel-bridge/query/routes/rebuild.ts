import type { FastifyInstance } from 'fastify';
import type { RebuildStatus } from '../../domain/journal.ts';
import { isoTimeOrNull } from '../json/time.ts';
import type { RouteContext } from '../options.ts';
import { readParameters } from '../parameters.ts';

/** Rebuilding the read model from the events: it goes on in the background, and whoever asks is told how far it is. */
export function registerRebuildRoutes(app: FastifyInstance, { operations }: RouteContext): void {
  app.post('/v1/rebuild', async (request) => {
    readParameters({}, request.body);
    return rebuildJson(operations.startRebuild());
  });

  app.get('/v1/rebuild', async (request) => {
    readParameters({}, request.query);
    return rebuildJson(operations.rebuildStatus());
  });
}

function rebuildJson({ state, startedMs, endedMs, reason, counts }: RebuildStatus) {
  return {
    state,
    started_at: isoTimeOrNull(startedMs),
    ended_at: isoTimeOrNull(endedMs),
    reason,
    events_done: counts.eventsDone,
    events_total: counts.eventsTotal,
    checked: counts.checked,
    corrected: counts.corrected,
    added: counts.added,
    removed: counts.removed,
    unreadable: counts.unreadable,
  };
}
