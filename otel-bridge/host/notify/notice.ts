import type { AgentEvent, JsonObject } from '../../domain/event.ts';
import { textOf } from '../../domain/values.ts';

/** Something that a person is told at once. */
export interface Notice {
  /** Notices of one subject are told once in a while, not each time. */
  readonly subject: string;
  readonly title: string;
  readonly text: string;
  /** The same for programs. */
  readonly data: JsonObject;
}

/** Type of the events that are notified. */
export const NOTIFIED_TYPE = 'guardrail.violation';

/** The notice of an event; null where nobody has to be told. */
export function toNotice({
  type,
  source,
  correlation,
  payload,
  tsMs,
}: Pick<AgentEvent, 'type' | 'source' | 'correlation' | 'payload' | 'tsMs'>): Notice | null {
  if (type !== NOTIFIED_TYPE) return null;
  const rule = textOf(payload.rule) ?? 'unknown';
  const action = textOf(payload.action) ?? 'observed';
  const session = correlation.sessionId ?? null;
  const agent = source.host === undefined ? source.framework : `${source.framework} on ${source.host}`;
  return {
    subject: `${rule}/${session}`,
    title: `Guardrail ${action}: ${rule}`,
    text: `${agent}: ${textOf(payload.reason) ?? rule}${session === null ? '' : ` (session ${session})`}`,
    data: {
      type,
      rule,
      action,
      reason: textOf(payload.reason) ?? null,
      framework: source.framework,
      host: source.host ?? null,
      session_id: session,
      run_id: correlation.runId ?? null,
      ts: new Date(tsMs).toISOString(),
    },
  };
}
