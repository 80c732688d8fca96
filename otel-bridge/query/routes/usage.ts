import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { USAGE_DIMENSIONS, type UsageDimension } from '../../domain/read-model.ts';
import { isoTime } from '../json/time.ts';
import { sharesJson, usageJson } from '../json/usage-json.ts';
import type { RouteContext } from '../options.ts';
import { parameter, readParameters, textParameter } from '../parameters.ts';
import { type Range, rangeParameters, readRange } from '../time-parameters.ts';

const DEFAULT_SINCE = '30d';

const dimensionsParameter = parameter(
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(USAGE_DIMENSIONS)))
    .refine((names) => new Set(names).size === names.length),
  `a comma-separated list of ${USAGE_DIMENSIONS.join(', ')}, each once`,
);

const filterParameters = { ...rangeParameters, project: textParameter, agent: textParameter };

/** Sums by any combination of dimensions, tools, and what has no price. */
export function registerUsageRoutes(app: FastifyInstance, context: RouteContext): void {
  const { readModel, clock, config } = context;
  const rangeOf = (asked: Parameters<typeof readRange>[0]): Range =>
    readRange(asked, { since: DEFAULT_SINCE, timezone: config.timezone, nowMs: clock() });
  const rangeJson = ({ fromMs, toMs, timezone }: Range) => ({
    since: isoTime(fromMs),
    until: toMs === Number.MAX_SAFE_INTEGER ? null : isoTime(toMs),
    timezone,
  });

  app.get('/v1/usage', async (request) => {
    const asked = readParameters(
      { ...filterParameters, by: dimensionsParameter.default(['day'] satisfies UsageDimension[]) },
      request.query,
    );
    const range = rangeOf(asked);
    const { by, project, agent } = asked;
    const usage = readModel.usage({ by, ...range, project, agent });
    return {
      ...rangeJson(range),
      by,
      rows: usage.rows.map(({ key, totals }) => ({ key, ...usageJson(totals), ...sharesJson(totals) })),
      total: { ...usageJson(usage.total), ...sharesJson(usage.total) },
      flat_rate: Object.keys(config.billing).filter((name) => config.billing[name] === 'flat'),
    };
  });

  app.get('/v1/tools', async (request) => {
    const asked = readParameters(filterParameters, request.query);
    const range = rangeOf(asked);
    const { project, agent } = asked;
    const nowMs = clock();
    const isWanted = (tool: { project: string; agent: string }): boolean =>
      (project === undefined || tool.project === project) && (agent === undefined || tool.agent === agent);
    return {
      ...rangeJson(range),
      open: readModel
        .openTools()
        .filter(isWanted)
        .map((tool) => ({
          tool: tool.name,
          session_id: tool.sessionId,
          run_id: tool.runId,
          project: tool.project,
          agent: tool.agent,
          started_at: isoTime(tool.startedMs),
          age_ms: Math.max(0, nowMs - tool.startedMs),
        })),
      tools: readModel.toolStats({ ...range, project, agent }).map((tool) => ({
        tool: tool.name,
        calls: tool.calls,
        errors: tool.errors,
        total_duration_ms: tool.totalDurationMs,
        max_duration_ms: tool.maxDurationMs,
      })),
    };
  });

  app.get('/v1/prices', async (request) => {
    const asked = readParameters({ since: rangeParameters.since, tz: rangeParameters.tz }, request.query);
    const { fromMs } = rangeOf(asked);
    return { since: isoTime(fromMs), unpriced: readModel.unpricedModels(fromMs), overrides: config.prices };
  });
}
