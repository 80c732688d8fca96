/** Asks Prometheus and Loki as Grafana does. */
import { z } from 'zod';
import { labelKey } from './dashboard-truth.ts';

const labels = z.record(z.string(), z.string());
const value = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: labels, value })),
    }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(z.object({ metric: labels, values: z.array(value) })),
    }),
    z.object({
      resultType: z.literal('streams'),
      result: z.array(
        z.object({ stream: labels, values: z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())) }),
      ),
    }),
  ]),
});
const labelValuesSchema = z.object({ status: z.literal('success'), data: z.array(z.string()) });

/** A store's address, up to the part that is the same in both. */
export interface QueryTarget {
  /** `http://.../api/v1` of Prometheus, `http://.../loki/api/v1` of Loki. */
  readonly api: string;
}

/** Values by `labelKey`, at one moment. @throws Error with the store's words when it refuses. */
export async function askNow(target: QueryTarget, expr: string, atMs: number): Promise<Map<string, number>> {
  const { data } = answerSchema.parse(await get(target, 'query', { query: expr, time: `${atMs / 1000}` }));
  if (data.resultType !== 'vector') throw new Error(`"${expr}" answered a ${data.resultType}`);
  return new Map(data.result.map(({ metric, value: [, text] }) => [labelKey(metric), Number(text)]));
}

/** A time with its steps, unix ms. */
interface Steps {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Sums of all steps by `labelKey`. @throws Error with the store's words when it refuses. */
export async function askSteps(
  target: QueryTarget,
  expr: string,
  steps: Steps,
): Promise<Map<string, number>> {
  const found = await askSeries(target, expr, steps);
  return new Map([...found].map(([key, values]) => [key, values.reduce((sum, { value }) => sum + value, 0)]));
}

/** Values by `labelKey`, each at the end of its step (unix ms); a share or quantile of nothing is a gap. @throws Error as above */
export async function askSeries(
  target: QueryTarget,
  expr: string,
  { fromMs, toMs, stepMs }: Steps,
): Promise<Map<string, { atMs: number; value: number }[]>> {
  const { data } = answerSchema.parse(
    await get(target, 'query_range', {
      query: expr,
      start: `${fromMs / 1000}`,
      end: `${toMs / 1000}`,
      step: `${stepMs / 1000}`,
    }),
  );
  if (data.resultType !== 'matrix') throw new Error(`"${expr}" answered ${data.resultType}`);
  return new Map(
    data.result.map(({ metric, values }) => [
      labelKey(metric),
      values
        .filter(([, text]) => text !== 'NaN')
        .map(([at, text]) => ({ atMs: at * 1000, value: Number(text) })),
    ]),
  );
}

/** Log lines with their time (Unix nanoseconds), newest first. @throws Error with the store's words when it refuses. */
export async function askRecords(
  target: QueryTarget,
  expr: string,
  { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit: number },
): Promise<{ timeNs: bigint; line: string }[]> {
  const { data } = answerSchema.parse(
    await get(target, 'query_range', {
      query: expr,
      start: `${fromMs}000000`,
      end: `${toMs}000000`,
      limit: `${limit}`,
    }),
  );
  if (data.resultType !== 'streams') throw new Error(`"${expr}" answered a ${data.resultType}`);
  return data.result
    .flatMap(({ values }) => values.map(([time, line]) => ({ timeNs: BigInt(time), line })))
    .toSorted((a, b) => (a.timeNs > b.timeNs ? -1 : 1));
}

/** Values that a label has in the series of a selector. @throws Error with the store's words when it refuses. */
export async function askLabelValues(
  target: QueryTarget,
  label: string,
  selector: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<string[]> {
  const range = { start: `${fromMs / 1000}`, end: `${toMs / 1000}` };
  const answer = await get(target, `label/${label}/values`, { 'match[]': selector, ...range });
  return labelValuesSchema.parse(answer).data;
}

async function get({ api }: QueryTarget, path: string, query: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${api}/${path}?${new URLSearchParams(query)}`);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${path} of ${JSON.stringify(query)} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
