import type { AgentEvent } from '../../otel-bridge/domain/event.ts';

let made = 0;

/** An event of session `s1` of an OpenClaw agent; `overrides` replace what differs. */
export function makeEvent(overrides: Partial<AgentEvent> & { type: string }): AgentEvent {
  made += 1;
  return {
    id: `event-${made}`,
    tsMs: Date.parse('2026-11-20T10:00:00Z') + made * 1000,
    tsNanos: 0,
    source: { framework: 'openclaw', clientId: 'zap', host: 'zap' },
    correlation: { sessionId: 's1' },
    attributes: {},
    payload: {},
    origin: 'ingest',
    ...overrides,
  };
}
