import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { present, textOf } from '../../domain/values.ts';
import type { HookContext } from '../hook-adapter.ts';
import { CLAUDE_CODE } from './framework.ts';

/** What one firing means, without what every event of a hook has in common. */
export interface HookMeaning {
  readonly type: string;
  readonly correlation?: Partial<Correlation> | undefined;
  readonly payload: JsonObject;
  /** Tells the events of one firing apart; only the first has none. */
  readonly part?: string | undefined;
}

/** The event of a meaning. The run is the prompt's id, which telemetry and transcripts call it by too. */
export function hookEvent(input: JsonObject, context: HookContext, meaning: HookMeaning): AgentEvent {
  const { host, attributes, claims } = context;
  const part = meaning.part === undefined ? '' : `:${meaning.part}`;
  return {
    id: `${CLAUDE_CODE}:hook:${context.id}${part}`,
    type: meaning.type,
    tsMs: context.firedMs,
    tsNanos: 0,
    source: { framework: CLAUDE_CODE, ...(host === undefined ? {} : { host }) },
    correlation: present<Correlation>({
      sessionId: textOf(input.session_id),
      runId: textOf(input.prompt_id),
      ...meaning.correlation,
    }),
    attributes: { ...attributes, ...present({ cwd: textOf(input.cwd) }) },
    payload: {
      ...present({
        permission_mode: textOf(input.permission_mode),
        subagent: textOf(input.agent_type),
        subagent_id: textOf(input.agent_id),
      }),
      ...meaning.payload,
    },
    origin: 'hook',
    ...(claims === undefined ? {} : { claims }),
  };
}
