/** What an OTLP target got of agents' own telemetry. */
import { attributesToMap } from '../../otel-bridge/otlp/attributes.ts';
import type { LogsRequest, MetricsRequest, TracesRequest } from '../../otel-bridge/otlp/types.ts';
import type { OtlpTarget } from './otlp-target.ts';

/** What the bridge passed on: how often each record of a service came. */
export interface PassedOn {
  readonly logs: Map<string, number>;
  readonly spans: Map<string, number>;
  /** Number of data points by metric. */
  readonly points: Map<string, number>;
  /** Projects that the resources carry. */
  readonly projects: Set<unknown>;
}

/** Counts what the target took of a service. */
export function passedOn(target: OtlpTarget, service: string): PassedOn {
  const result: PassedOn = { logs: new Map(), spans: new Map(), points: new Map(), projects: new Set() };
  const add = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const { signal, request, answer } of target.requests) {
    if (typeof answer === 'string' || answer.status !== 200) continue;
    const groups =
      signal === 'logs'
        ? (request as LogsRequest).resourceLogs
        : signal === 'metrics'
          ? (request as MetricsRequest).resourceMetrics
          : (request as TracesRequest).resourceSpans;
    for (const group of groups) {
      const resource = attributesToMap(group.resource?.attributes ?? []);
      if (resource.get('service.name') !== service) continue;
      result.projects.add(resource.get('project'));
      if ('scopeLogs' in group) {
        for (const { body } of group.scopeLogs.flatMap(({ logRecords }) => logRecords)) {
          add(result.logs, String(body?.stringValue));
        }
      } else if ('scopeSpans' in group) {
        for (const { traceId, spanId } of group.scopeSpans.flatMap(({ spans }) => spans)) {
          add(result.spans, `${traceId}/${spanId}`);
        }
      } else {
        for (const { name, gauge, sum, histogram } of group.scopeMetrics.flatMap(({ metrics }) => metrics)) {
          const { dataPoints = [] } = gauge ?? sum ?? histogram ?? {};
          for (const _ of dataPoints) add(result.points, name);
        }
      }
    }
  }
  return result;
}

/** All counts together. */
export const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
