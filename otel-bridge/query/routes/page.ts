import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { cutIntoDays, localDate, startOfDay } from '../../domain/calendar.ts';
import type { ReadModel } from '../../domain/read-model.ts';
import { createFrugal } from '../frugal.ts';
import type { RouteContext } from '../options.ts';
import { type DashboardData, renderDashboard } from '../page/dashboard.ts';
import { renderEmpty } from '../page/empty.ts';
import { html } from '../page/html.ts';
import { renderPage, type ViewContext } from '../page/layout.ts';
import { SCRIPT } from '../page/script.ts';
import { renderSession } from '../page/session-view.ts';
import { STYLE } from '../page/style.ts';
import { parameter, readParameters } from '../parameters.ts';
import { sessionTimeline } from '../session-timeline.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;
const RECENT_SESSIONS = 20;
const MAX_RUNNING = 200;

/** The page: `/`, `/sessions/{id}`, and its style and script. Rendered here, so that it works without a script too. */
export function registerPageRoutes(app: FastifyInstance, context: RouteContext): void {
  const { readModel, clock, config } = context;
  const trend = createFrugal(
    (view: ViewContext) => computeTrend(readModel, view),
    ({ nowMs, timezone }) => localDate(nowMs, timezone),
  );

  app.get('/', async (_request, reply) => {
    const view: ViewContext = { nowMs: clock(), timezone: config.timezone };
    const { import: importStatus } = await context.status();
    reply.type('text/html; charset=utf-8');
    const recent = readModel.listSessions({ limit: RECENT_SESSIONS }).sessions;
    if (recent.length === 0 && readModel.listEvents({ limit: 1 }).length === 0) {
      return renderPage({ title: 'agent-monitor', view: 'empty', content: renderEmpty(importStatus) }, view);
    }
    const fromMs = startOfDay(view.nowMs, view.timezone);
    const today = { by: [], fromMs, toMs: Number.MAX_SAFE_INTEGER, timezone: view.timezone };
    const running = readModel.listSessions({
      limit: MAX_RUNNING,
      fromMs: view.nowMs - config.sessions.idle_end_ms,
    }).sessions;
    const data: DashboardData = {
      ...trend(view),
      date: localDate(view.nowMs, view.timezone),
      today: readModel.usage(today).total,
      running: running.filter(({ state }) => state === 'running'),
      recent,
      openTools: readModel.openTools(),
      samplers: readModel.samplers(),
      billing: config.billing,
      import: importStatus,
    };
    const content = renderDashboard(data, view);
    return renderPage({ title: 'agent-monitor', view: 'dashboard', content }, view);
  });

  app.get('/sessions/:id', async (request, reply) => {
    const { id } = readParameters({ id: parameter(z.string().min(1), 'an id') }, request.params);
    const view: ViewContext = { nowMs: clock(), timezone: config.timezone };
    const session = readModel.session(id);
    reply.type('text/html; charset=utf-8');
    if (session === null) {
      const content = html`<h1>No such session</h1>
<section><p class="empty">The journal has no session <code>${id}</code>. <a href="/">All sessions</a></p></section>`;
      reply.code(404);
      return renderPage({ title: 'No such session - agent-monitor', view: 'missing', content }, view);
    }
    const content = renderSession(
      session,
      sessionTimeline(readModel, session, readModel.sessionFacts(id)),
      view,
    );
    return renderPage({ title: `Session ${id} - agent-monitor`, view: 'session', content }, view);
  });

  app.get('/page.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/page.js', async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(SCRIPT));
}

/** The figures of the last days, which are the dear ones. */
type Trend = Pick<DashboardData, 'days' | 'total' | 'byProject' | 'byAgent' | 'byModel' | 'unpriced'>;

function computeTrend(readModel: ReadModel, { nowMs, timezone }: ViewContext): Trend {
  // Half a day on: days differ in length where clocks change.
  const firstDayMs = startOfDay(nowMs, timezone) - (DAYS - 1) * DAY_MS + DAY_MS / 2;
  const fromMs = startOfDay(firstDayMs, timezone);
  const range = { fromMs, toMs: Number.MAX_SAFE_INTEGER, timezone };
  const byDay = readModel.usage({ by: ['day'], ...range });
  const costs = new Map(byDay.rows.map(({ key, totals }) => [key.day, totals.costNanoUsd]));
  const dates = new Set(cutIntoDays(fromMs, nowMs + 1, timezone).map((day) => day.date));
  return {
    days: [...dates].map((date) => {
      const cost = costs.get(date);
      return { date, costNanoUsd: cost === undefined ? 0 : cost };
    }),
    total: byDay.total,
    byProject: readModel.usage({ by: ['project'], ...range }),
    byAgent: readModel.usage({ by: ['agent'], ...range }),
    byModel: readModel.usage({ by: ['model'], ...range }),
    unpriced: byDay.total.unpricedRequests > 0 ? readModel.unpricedModels(fromMs) : [],
  };
}
