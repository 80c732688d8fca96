import type { LogRecord, MetricPoint, OutboxRecord, SpanRecord } from '../../otel-bridge/domain/outbox.ts';
import { encodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { OtlpRequest } from '../../otel-bridge/otlp/types.ts';

const RESOURCE = { 'service.name': 'agent-monitor', project: 'demo', agent: 'a' };

/** A log record whose body is `name`. */
export function logRecord(
  name: string,
  overrides: Partial<LogRecord> = {},
): Omit<OutboxRecord & { lane: 'logs' }, 'seq'> {
  const log: LogRecord = {
    resource: RESOURCE,
    timeUnixNano: '1700000000000000000',
    observedTimeUnixNano: '1700000000000000001',
    severityNumber: 9,
    severityText: 'INFO',
    body: name,
    attributes: { 'session.id': 's1' },
    ...overrides,
  };
  return { lane: 'logs', log };
}

/** A span called `name`. */
export function spanRecord(
  name: string,
  overrides: Partial<SpanRecord> = {},
): Omit<OutboxRecord & { lane: 'traces' }, 'seq'> {
  const span: SpanRecord = {
    resource: RESOURCE,
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name,
    kind: 1,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001000000000',
    attributes: {},
    statusCode: 1,
    ...overrides,
  };
  return { lane: 'traces', span };
}

/** A point of the counter `agent.token.usage`. */
export function metricPoint(
  seriesId: number,
  value: MetricPoint['value'],
  overrides: Partial<MetricPoint> = {},
): Omit<OutboxRecord & { lane: 'metrics' }, 'seq'> {
  const point: MetricPoint = {
    seriesId,
    metric: 'agent.token.usage',
    unit: '{token}',
    kind: 'counter',
    resource: RESOURCE,
    attributes: { 'gen_ai.request.model': `model-${seriesId}` },
    startMs: 1_700_000_000_000,
    tsMs: 1_700_000_010_000,
    value,
    ...overrides,
  };
  return { lane: 'metrics', point };
}

/** An agent's own request with one log record whose body is `name`. */
export function rawLogs(name: string): Omit<OutboxRecord & { lane: 'raw/logs' }, 'seq'> {
  const logRecords = [{ body: { stringValue: name } }];
  return {
    lane: 'raw/logs',
    body: encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
  };
}

/** Bodies of the log records, names of the spans or `model=value` of the points of a request, in order. */
export function namesOf(request: OtlpRequest): string[] {
  if ('resourceLogs' in request) {
    return request.resourceLogs.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords.map(({ body }) => body?.stringValue ?? '')),
    );
  }
  if ('resourceSpans' in request) {
    return request.resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
    );
  }
  return request.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(
        ({ sum, gauge }) =>
          (sum ?? gauge)?.dataPoints.map(
            ({ attributes, asDouble }) => `${attributes[0]?.value?.stringValue}=${asDouble}`,
          ) ?? [],
      ),
    ),
  );
}
