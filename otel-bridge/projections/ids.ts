import { hash } from 'node:crypto';

const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

/** Trace of a run, 32 hex digits: the sender's own where it is one, else always the same for this run. */
export function traceIdOf(sessionId: string, runId: string | null, told: string | null): string {
  if (told !== null && TRACE_ID.test(told)) return told.toLowerCase();
  return digest(`trace\0${sessionId}\0${runId ?? ''}`).slice(0, 32);
}

/** Span id, 16 hex digits: the sender's own where it is one, else always the same for this id in this session. */
export function spanIdOf(sessionId: string, id: string): string {
  return SPAN_ID.test(id) ? id.toLowerCase() : digest(`span\0${sessionId}\0${id}`).slice(0, 16);
}

function digest(text: string): string {
  return hash('sha256', text, 'hex');
}
