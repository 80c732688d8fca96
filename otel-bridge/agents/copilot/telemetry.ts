import { textOf } from '../../domain/values.ts';
import type { TelemetryAdapter } from '../adapter.ts';
import { spanEvents } from '../generic/span-events.ts';
import { copilotSpans } from './span-reader.ts';

/** The terminal program and the extension of VS Code. */
const SERVICE_NAMES = new Set(['github-copilot', 'copilot-chat']);

/**
 * GitHub Copilot's own OpenTelemetry: the CLI (1.0.102) and Chat in VS Code. Its spans tell all that is counted; its
 * metrics and Chat's log records tell the same once more, without the conversation, and give no events.
 */
export const copilotTelemetry: TelemetryAdapter = {
  framework: copilotSpans.framework,
  detects: (resource) => SERVICE_NAMES.has(textOf(resource.get('service.name')) ?? ''),
  toEvents: (sent, resource, context) =>
    sent.signal === 'traces' ? spanEvents(copilotSpans, sent, resource, context) : [],
};
