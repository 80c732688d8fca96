import { randomBytes, randomUUID } from 'node:crypto';

/** To whom a marked session belongs, so that nobody takes it for work. */
export const VERIFY_PROJECT = 'agent-monitor-verify';

/** A short session that is known again wherever it arrives. */
export interface MarkedSession {
  readonly sessionId: string;
  /** 32 hex digits. */
  readonly traceId: string;
  /** agentmon events, version 1; each becomes a log record. */
  readonly events: readonly object[];
}

/** Makes a session of one run with one tool call, which ended a moment ago. @param nowMs unix ms */
export function makeMarkedSession(nowMs: number): MarkedSession {
  const sessionId = `verify-${randomUUID()}`;
  const traceId = randomBytes(16).toString('hex');
  const run = { session_id: sessionId, run_id: `${sessionId}-run`, trace_id: traceId };
  const span = { ...run, span_id: randomBytes(8).toString('hex') };
  const tool = { kind: 'tool', tool_name: 'verify', tool_use_id: span.span_id };
  const told: readonly [string, object, object][] = [
    ['session.start', { session_id: sessionId }, {}],
    ['run.start', run, {}],
    ['span.start', span, tool],
    ['span.end', span, { ...tool, status: 'success' }],
    ['run.end', run, { status: 'success' }],
    ['session.end', { session_id: sessionId }, { reason: 'verified' }],
  ];
  const events = told.map(([type, correlation, payload], place) => ({
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `${sessionId}-${place}`,
      type,
      ts: new Date(nowMs - (told.length - place) * 100).toISOString(),
      source: { framework: 'verify', client_id: 'monitor', host: 'localhost' },
    },
    correlation,
    attributes: { project: VERIFY_PROJECT, agent: 'verify' },
    payload,
  }));
  return { sessionId, traceId, events };
}
