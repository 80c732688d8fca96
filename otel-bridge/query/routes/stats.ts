import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { localDate, startOfDay } from '../../domain/calendar.ts';
import { MonitorError } from '../../domain/error.ts';
import { isoTime } from '../json/time.ts';
import { usageJson } from '../json/usage-json.ts';
import type { RouteContext } from '../options.ts';
import { choiceParameter, parameter, readParameters, wrongParameter } from '../parameters.ts';
import { timezoneParameter } from '../time-parameters.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX_BUCKETS = 2000;

/** Windows of the time series with the bucket that each has by default. */
const WINDOWS = {
  '1h': { lengthMs: HOUR_MS, bucket: '1m' },
  '6h': { lengthMs: 6 * HOUR_MS, bucket: '5m' },
  '24h': { lengthMs: 24 * HOUR_MS, bucket: '15m' },
  '7d': { lengthMs: 7 * 24 * HOUR_MS, bucket: '1h' },
} as const;
const UNIT_MS = { s: 1000, m: MINUTE_MS, h: HOUR_MS, d: 24 * HOUR_MS } as const;

/** agentmon's dashboard figures: today's sums, and activity over time. */
export function registerStatsRoutes(app: FastifyInstance, context: RouteContext): void {
  const { readModel, clock, config } = context;

  app.get('/v1/stats/summary', async (request) => {
    const { tz } = readParameters({ tz: timezoneParameter }, request.query);
    const timezone = tz ?? config.timezone;
    const nowMs = clock();
    const today = { fromMs: startOfDay(nowMs, timezone), toMs: Number.MAX_SAFE_INTEGER };
    const { rows, total } = readModel.usage({ by: ['framework'], ...today, timezone });
    const usage = usageJson(total);
    return {
      active_sessions: readModel.runningSessions(),
      runs_today: usage.runs,
      tool_calls_today: usage.tool_calls,
      errors_today: usage.errors,
      sessions_today: usage.sessions,
      tokens_today:
        usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_creation_tokens,
      cost_today: usage.cost_micro_usd === null ? null : usage.cost_micro_usd / 1e6,
      avg_duration_ms: readModel.averageRunMs(today.fromMs, today.toMs),
      today: usage,
      by_framework: Object.fromEntries(
        rows.map(({ key, totals }) => [
          key.framework ?? 'unknown',
          { runs: totals.runs, tools: totals.toolCalls, errors: totals.errors },
        ]),
      ),
      date: localDate(nowMs, timezone),
      timezone,
      generated_at: isoTime(nowMs),
    };
  });

  app.get('/v1/stats/timeseries', async (request) => {
    const asked = readParameters(
      {
        window: choiceParameter(['1h', '6h', '24h', '7d']).default('1h'),
        bucket: parameter(
          z.string().regex(/^[1-9]\d{0,3}[smhd]$/),
          'a length of time (1m, 15m, 1h)',
        ).optional(),
      },
      request.query,
    );
    const window = WINDOWS[asked.window];
    const bucket = asked.bucket ?? window.bucket;
    const bucketMs = Number(bucket.slice(0, -1)) * UNIT_MS[bucket.slice(-1) as keyof typeof UNIT_MS];
    if (window.lengthMs / bucketMs > MAX_BUCKETS) {
      const wanted = `a length of at least 1/${MAX_BUCKETS} of the window ${asked.window}`;
      throw new MonitorError('invalid', wrongParameter('bucket', bucket, wanted));
    }
    const nowMs = clock();
    const series = readModel.timeseries({ fromMs: nowMs - window.lengthMs, toMs: nowMs, bucketMs });
    return {
      window: asked.window,
      bucket,
      series: series.map(({ tsMs, ...counts }) => ({ ts: isoTime(tsMs), ...counts })),
    };
  });
}
