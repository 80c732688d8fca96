import { textOf } from '../../domain/values.ts';
import type { TelemetryAdapter } from '../adapter.ts';
import { genAiSpans } from '../generic/gen-ai-spans.ts';
import { type SpanReader, spanEvents } from '../generic/span-events.ts';

const GOOSE = 'goose';
const genAi = genAiSpans(GOOSE);

/**
 * Goose's spans since the summer of 2026: `stream_response_from_provider` is a model call, `dispatch_tool_call` a tool
 * call, `reply` a run; `reply` and `reply_stream` below it sum the tokens of its calls.
 */
const gooseSpans: SpanReader = {
  ...genAi,
  // Its ids are a date and a number, which every installation begins anew.
  sessionOf(_span, { text }, resource) {
    const id = text('session.id') ?? text('gen_ai.conversation.id');
    const host = textOf(resource.get('host.name'));
    return id === undefined || host === undefined ? id : `${id}@${host}`;
  },
  meaningsOf(span, read) {
    const meanings = genAi.meaningsOf(span, read);
    return span.name === 'reply_stream'
      ? meanings.filter(({ payload }) => payload.aggregate === true)
      : meanings;
  },
};

/** Goose's own OpenTelemetry. Its metrics and log records tell of what its spans tell and give no events. */
export const gooseTelemetry: TelemetryAdapter = {
  framework: GOOSE,
  detects: (resource) => textOf(resource.get('service.name')) === GOOSE,
  toEvents: (sent, resource, context) =>
    sent.signal === 'traces' ? spanEvents(gooseSpans, sent, resource, context) : [],
};
