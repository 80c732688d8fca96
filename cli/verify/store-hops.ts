import * as z from 'zod';
import type { Settings } from '../settings/schema.ts';
import type { Hop } from './follow-session.ts';
import type { MarkedSession } from './marked-session.ts';

const ANSWER_TIMEOUT_MS = 5000;
const HOUR_MS = 3_600_000;

const lokiSchema = z.object({
  data: z.object({ result: z.array(z.object({ values: z.array(z.unknown()) })) }),
});
const prometheusSchema = z.object({ data: z.object({ result: z.array(z.unknown()) }) });
const jaegerSchema = z.object({ data: z.array(z.object({ spans: z.array(z.unknown()) })) });

/** The stores of the stack, each with the question that finds a marked session in it. @param host of their ports */
export function storeHops(
  { sessionId, traceId, events }: MarkedSession,
  { ports, parts }: Pick<Settings, 'ports' | 'parts'>,
  host: string,
): readonly Hop[] {
  const logs: Hop = {
    name: 'loki',
    async look() {
      const nowMs = Date.now();
      const { data } = await ask(`http://${host}:${ports.loki}/loki/api/v1/query_range`, lokiSchema, {
        query: `{service_name="agent-monitor"} | session_id="${sessionId}"`,
        start: `${nowMs - HOUR_MS}000000`,
        end: `${nowMs + HOUR_MS}000000`,
        limit: '100',
      });
      const count = data.result.reduce((sum, { values }) => sum + values.length, 0);
      return count < events.length ? null : `${count} log records`;
    },
  };
  const metrics: Hop = {
    name: 'prometheus',
    async look() {
      const query = `agent_session_info{session_id="${sessionId}"}`;
      const { data } = await ask(`http://${host}:${ports.prometheus}/api/v1/query`, prometheusSchema, {
        query,
      });
      return data.result.length === 0 ? null : 'its metric';
    },
  };
  const traces: Hop = {
    name: 'jaeger',
    async look() {
      const url = `http://${host}:${ports.jaeger}/api/traces/${traceId}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
      if (response.status === 404) return null;
      const { data } = jaegerSchema.parse(await response.json());
      const count = data.reduce((sum, { spans }) => sum + spans.length, 0);
      // The run and its tool call.
      return count < 2 ? null : `${count} spans`;
    },
  };
  return parts.jaeger ? [logs, metrics, traces] : [logs, metrics];
}

async function ask<T>(address: string, schema: z.ZodType<T>, query: Record<string, string>): Promise<T> {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url.origin} answered ${response.status}`);
  return schema.parse(await response.json());
}
