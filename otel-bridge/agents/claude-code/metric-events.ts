import { createHash } from 'node:crypto';
import type { AgentEvent } from '../../domain/event.ts';
import type { SessionStartPayload, TallyPayload } from '../../domain/payload.ts';
import type { TallyMeasure } from '../../domain/tally-measure.ts';
import { entryOf, numberOf, present, textOf } from '../../domain/values.ts';
import { attributesToMap } from '../../otlp/attributes.ts';
import type { Metric, NumberDataPoint, Sum } from '../../otlp/types.ts';
import type { PlainAttributes, ResourceTelemetry } from '../adapter.ts';
import { eventTime } from '../unix-nano.ts';
import { CLAUDE_CODE } from './framework.ts';

/** The part of an event that says who sent it. */
type Sender = Pick<AgentEvent, 'source' | 'attributes' | 'origin' | 'claims'>;

/** What one point of a metric tells. */
interface PointMeaning {
  readonly type: 'agent.tally' | 'session.start';
  readonly payload: Readonly<Record<string, unknown>>;
  /** True where a later point of the same series tells nothing new. */
  readonly once?: boolean;
}

const MEASURES: Readonly<Record<string, (attributes: PlainAttributes) => TallyMeasure>> = {
  'claude_code.lines_of_code.count': (attributes) =>
    attributes.get('type') === 'removed' ? 'lines_removed' : 'lines_added',
  'claude_code.commit.count': () => 'commits',
  'claude_code.pull_request.count': () => 'pull_requests',
  'claude_code.active_time.total': (attributes) =>
    attributes.get('type') === 'user' ? 'active_ms_user' : 'active_ms_cli',
};
const SESSIONS = 'claude_code.session.count';
const ACTIVE_TIME = 'claude_code.active_time.total';
const CUMULATIVE = 2;

/**
 * What Claude Code tells by metrics alone: how sessions began, and sums of lines, commits, pull requests and time at
 * work. The first three are known one by one too where a hook or a transcript tells of the calls; the larger of the two
 * sums counts (projections/tally.ts). Its tokens and cost are told by its log records, call by call.
 * @param sender who sent a point with these attributes
 */
export function metricEvents(
  sent: ResourceTelemetry & { signal: 'metrics' },
  sender: (attributes: PlainAttributes) => Sender,
  receivedMs: number,
): AgentEvent[] {
  return sent.telemetry.scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap((metric) => {
      const { sum } = metric;
      if (sum === undefined || !(metric.name === SESSIONS || Object.hasOwn(MEASURES, metric.name))) return [];
      return sum.dataPoints.flatMap((point) => pointEvent(metric, sum, point, sender, receivedMs) ?? []);
    }),
  );
}

function pointEvent(
  metric: Metric,
  sum: Sum,
  point: NumberDataPoint,
  sender: (attributes: PlainAttributes) => Sender,
  receivedMs: number,
): AgentEvent | null {
  const attributes = attributesToMap(point.attributes);
  const sessionId = textOf(attributes.get('session.id'));
  if (sessionId === undefined) return null;
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const series = digest([metric.name, point.startTimeUnixNano, sorted]);
  const value = numberOf(point.asInt ?? point.asDouble) ?? 0;
  const meaning = pointMeaning(metric.name, attributes, value, isCumulative(sum) ? series : undefined);
  if (meaning === null) return null;
  const id = meaning.once === true ? series : digest([series, point.timeUnixNano, value]);
  return {
    id: `${CLAUDE_CODE}:metric:${id}`,
    type: meaning.type,
    // A session began when its series did; a sum is told at the end of its interval.
    ...eventTime(meaning.once === true ? point.startTimeUnixNano : point.timeUnixNano, receivedMs),
    ...sender(attributes),
    correlation: { sessionId },
    payload: { ...meaning.payload },
  };
}

function pointMeaning(
  name: string,
  attributes: PlainAttributes,
  value: number,
  series: string | undefined,
): PointMeaning | null {
  if (value <= 0) return null;
  if (name === SESSIONS) {
    const startType = textOf(attributes.get('start_type'));
    // Looking at the list of agents is no session.
    if (startType === undefined || startType === 'agents_view') return null;
    const payload: SessionStartPayload = { start_type: startType };
    return { type: 'session.start', payload, once: true };
  }
  const measure = entryOf(MEASURES, name)?.(attributes);
  if (measure === undefined) return null;
  const amount = name === ACTIVE_TIME ? Math.round(value * 1000) : value;
  const payload: TallyPayload = { measure, teller: 'metric', amount, ...present({ sum_of: series }) };
  return { type: 'agent.tally', payload };
}

function isCumulative(sum: Sum): boolean {
  return sum.aggregationTemporality === CUMULATIVE;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22);
}
