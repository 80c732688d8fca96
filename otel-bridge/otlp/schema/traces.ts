import type {
  OtlpSpan,
  ResourceSpans,
  ScopeSpans,
  SpanEvent,
  SpanLink,
  SpanStatus,
  TracesRequest,
} from '../types.ts';
import { KEY_VALUE, RESOURCE, SCOPE } from './common.ts';
import { enumeration, many, message, one, scalar } from './message.ts';

/** opentelemetry/proto/trace/v1/trace.proto */
const SPAN_KINDS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

const SPAN_EVENT = message<SpanEvent>('Event', {
  timeUnixNano: scalar('fixed64', 1),
  name: scalar('string', 2),
  attributes: many(() => KEY_VALUE, 3),
  droppedAttributesCount: scalar('uint32', 4),
});

const SPAN_LINK = message<SpanLink>('Link', {
  traceId: scalar('id', 1),
  spanId: scalar('id', 2),
  traceState: scalar('string', 3),
  attributes: many(() => KEY_VALUE, 4),
  droppedAttributesCount: scalar('uint32', 5),
  flags: scalar('fixed32', 6),
});

const STATUS = message<SpanStatus>('Status', {
  message: scalar('string', 2),
  code: enumeration(STATUS_CODES, 3),
});

const SPAN = message<OtlpSpan>('Span', {
  traceId: scalar('id', 1),
  spanId: scalar('id', 2),
  traceState: scalar('string', 3),
  parentSpanId: scalar('id', 4),
  flags: scalar('fixed32', 16),
  name: scalar('string', 5),
  kind: enumeration(SPAN_KINDS, 6),
  startTimeUnixNano: scalar('fixed64', 7),
  endTimeUnixNano: scalar('fixed64', 8),
  attributes: many(() => KEY_VALUE, 9),
  droppedAttributesCount: scalar('uint32', 10),
  events: many(() => SPAN_EVENT, 11),
  droppedEventsCount: scalar('uint32', 12),
  links: many(() => SPAN_LINK, 13),
  droppedLinksCount: scalar('uint32', 14),
  status: one(() => STATUS, 15),
});

const SCOPE_SPANS = message<ScopeSpans>('ScopeSpans', {
  scope: one(() => SCOPE, 1),
  spans: many(() => SPAN, 2),
  schemaUrl: scalar('string', 3),
});

const RESOURCE_SPANS = message<ResourceSpans>('ResourceSpans', {
  resource: one(() => RESOURCE, 1),
  scopeSpans: many(() => SCOPE_SPANS, 2),
  schemaUrl: scalar('string', 3),
});

export const TRACES_REQUEST = message<TracesRequest>('ExportTraceServiceRequest', {
  resourceSpans: many(() => RESOURCE_SPANS, 1),
});
