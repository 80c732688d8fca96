import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { MonitorError } from '../../domain/error.ts';
import type { KnownFact, SessionSummary } from '../../domain/read-model.ts';
import { runJson, sessionRunsJson } from '../json/run-json.ts';
import { sessionDetailJson } from '../json/session-detail-json.ts';
import { sessionJson } from '../json/session-json.ts';
import { spanJson } from '../json/span-json.ts';
import { timelineJson } from '../json/timeline-json.ts';
import type { RouteContext } from '../options.ts';
import { limitParameter, parameter, readParameters, textParameter } from '../parameters.ts';
import { sessionTimeline } from '../session-timeline.ts';
import { momentParameter, readMoment, timezoneParameter } from '../time-parameters.ts';

const idParameter = { id: parameter(z.string().min(1), 'an id') };

/** Sessions, one session, its timeline, one run. */
export function registerSessionRoutes(app: FastifyInstance, context: RouteContext): void {
  const { readModel, clock, config } = context;

  const found = (raw: unknown): { session: SessionSummary; facts: KnownFact[] } => {
    const { id } = readParameters(idParameter, raw);
    const session = readModel.session(id);
    if (session === null) {
      throw new MonitorError('not_found', `Cannot show session "${id}": the journal has none of that id`);
    }
    return { session, facts: readModel.sessionFacts(id) };
  };

  app.get('/v1/sessions', async (request) => {
    const asked = readParameters(
      {
        from: momentParameter,
        to: momentParameter,
        tz: timezoneParameter,
        framework: textParameter,
        host: textParameter,
        project: textParameter,
        agent: textParameter,
        cursor: textParameter,
        limit: limitParameter(100, 1000),
      },
      request.query,
    );
    const { from, to, tz, ...filter } = asked;
    const moment = { nowMs: clock(), timezone: tz ?? config.timezone };
    const page = readModel.listSessions({
      ...filter,
      fromMs: from === undefined ? undefined : readMoment(from, { ...moment, name: 'from', edge: 'since' }),
      toMs: to === undefined ? undefined : readMoment(to, { ...moment, name: 'to', edge: 'until' }),
    });
    return { sessions: page.sessions.map(sessionJson), next_cursor: page.nextCursor };
  });

  const detailed = (session: SessionSummary, facts: readonly KnownFact[]) => ({
    ...sessionJson(session),
    ...sessionDetailJson(readModel.contextUse(session.id), facts),
  });

  app.get('/v1/sessions/:id', async (request) => {
    readParameters({}, request.query);
    const { session, facts } = found(request.params);
    return { session: detailed(session, facts), runs: sessionRunsJson(facts) };
  });

  app.get('/v1/sessions/:id/timeline', async (request) => {
    readParameters({}, request.query);
    const { session, facts } = found(request.params);
    return {
      session: detailed(session, facts),
      runs: sessionRunsJson(facts),
      timeline: sessionTimeline(readModel, session, facts).map(timelineJson),
    };
  });

  app.get('/v1/runs/:id', async (request) => {
    readParameters({}, request.query);
    const { id } = readParameters(idParameter, request.params);
    const run = readModel.run(id);
    if (run === null) {
      throw new MonitorError('not_found', `Cannot show run "${id}": the journal has none of that id`);
    }
    return { run: runJson(run.run, run.spans), spans: run.spans.map(spanJson) };
  });
}
