import type { FastifyInstance } from 'fastify';
import { eventJson } from '../json/event-json.ts';
import type { RouteContext } from '../options.ts';
import { limitParameter, readParameters, textParameter } from '../parameters.ts';

/** `GET /v1/events`: the newest events first. */
export function registerEventRoutes(app: FastifyInstance, { readModel }: RouteContext): void {
  app.get('/v1/events', async (request) => {
    const asked = readParameters(
      {
        event_type: textParameter,
        framework: textParameter,
        session_id: textParameter,
        limit: limitParameter(100, 1000),
      },
      request.query,
    );
    const events = readModel.listEvents({
      type: asked.event_type,
      framework: asked.framework,
      sessionId: asked.session_id,
      limit: asked.limit,
    });
    return { events: events.map(eventJson) };
  });
}
