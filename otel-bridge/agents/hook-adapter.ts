import type { AgentEvent, JsonObject, TokenClaims } from '../domain/event.ts';

/** What is known of a hook that fired, beside what the agent says. */
export interface HookContext {
  /** Tells this firing from every other one; the same when it is sent again. */
  readonly id: string;
  /** When it fired, unix ms. */
  readonly firedMs: number;
  /** Name of the machine that the agent runs on. */
  readonly host?: string | undefined;
  /** `project`, `agent`, `repository` and `branch`, as far as the sender says them. */
  readonly attributes: JsonObject;
  /** What the sender's token fixes. */
  readonly claims?: TokenClaims | undefined;
}

/** What the bridge knows of one agent's hooks. */
export interface HookAdapter {
  /** `claude-code`, `codex`, ...: `source.framework` of its events, and the last part of its route. */
  readonly framework: string;
  /**
   * The events that one firing tells; none where it tells nothing. Pure, and never throws: what an agent sends may lack
   * any field. Ids follow from `context.id`.
   */
  toEvents(input: JsonObject, context: HookContext): AgentEvent[];
}
