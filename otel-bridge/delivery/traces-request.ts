import type { SpanRecord } from '../domain/outbox.ts';
import type { Loose, OtlpSpan, TracesRequest } from '../otlp/types.ts';
import { groupByResource, type ScopeInfo, toKeyValues } from './resource-groups.ts';

/** Spans of ours -> export request. */
export function toTracesRequest(spans: readonly SpanRecord[], scope: ScopeInfo): Loose<TracesRequest> {
  return {
    resourceSpans: groupByResource(spans).map(({ resource, items }) => ({
      resource,
      scopeSpans: [{ scope, spans: items.map(toSpan) }],
    })),
  };
}

function toSpan(span: SpanRecord): Loose<OtlpSpan> {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    attributes: toKeyValues(span.attributes),
    status: { code: span.statusCode, message: span.statusMessage },
  };
}
