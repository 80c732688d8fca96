import { textOf } from '../../domain/values.ts';
import type { TelemetryAdapter } from '../adapter.ts';
import { spanEvents } from '../generic/span-events.ts';
import { openClawSpans } from './span-reader.ts';

/** The names that its plugin `diagnostics-otel` exports under unless it is told another. */
const SERVICE_NAMES = new Set(['openclaw', 'openclaw-gateway']);

/**
 * OpenClaw's plugin `diagnostics-otel` (2026.9): spans tell calls and runs, without any id of a session. Its metrics
 * sum the same once more and give no events.
 */
export const openClawTelemetry: TelemetryAdapter = {
  framework: openClawSpans.framework,
  detects: (resource) => SERVICE_NAMES.has(textOf(resource.get('service.name')) ?? ''),
  toEvents: (sent, resource, context) =>
    sent.signal === 'traces' ? spanEvents(openClawSpans, sent, resource, context) : [],
};
