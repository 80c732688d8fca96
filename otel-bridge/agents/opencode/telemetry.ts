import { textOf } from '../../domain/values.ts';
import type { TelemetryAdapter } from '../adapter.ts';
import { spanEvents } from '../generic/span-events.ts';
import { OPENCODE } from './framework.ts';
import { logEvents } from './log-events.ts';
import { openCodeSpans } from './span-reader.ts';

/** Names of the AI SDK's spans. */
const AI_SDK = /^ai\./;

/**
 * OpenCode's own OpenTelemetry (1.18.33): the AI SDK's spans tell model and tool calls, its log records sessions and
 * runs. It exports no metrics.
 */
export const openCodeTelemetry: TelemetryAdapter = {
  framework: OPENCODE,
  detects: (resource) => textOf(resource.get('service.name')) === OPENCODE,
  isInternalSpan: ({ name }) => !AI_SDK.test(name),
  toEvents: (sent, resource, context) => {
    switch (sent.signal) {
      case 'traces':
        return spanEvents(openCodeSpans, sent, resource, context);
      case 'logs':
        return logEvents(sent, resource, context);
      case 'metrics':
        return [];
    }
  },
};
