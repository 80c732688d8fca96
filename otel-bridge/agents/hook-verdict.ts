import type { AgentEvent, JsonObject } from '../domain/event.ts';
import type { Judge } from '../domain/guardrail.ts';
import { objectOf, textOf } from '../domain/values.ts';

/**
 * Has a hook judged that fires before a tool runs, and words the denial as Claude Code and Codex read it
 * (code.claude.com/docs/en/hooks; codex-rs/hooks). Null where the hook asks nothing or nothing is against the call.
 * @param event what the hook was turned into, before redaction
 * @param waits whether the agent waits for the answer; else it is too late to deny
 */
export function hookVerdict(
  input: JsonObject,
  event: AgentEvent | undefined,
  waits: boolean,
  judge: Judge,
): JsonObject | null {
  const toolName = textOf(input.tool_name);
  if (event === undefined || toolName === undefined || input.hook_event_name !== 'PreToolUse') return null;
  const toolInput = objectOf(input.tool_input) ?? { input: input.tool_input };
  const verdict = judge({ event, toolName, input: toolInput, cwd: textOf(input.cwd), waits });
  if (verdict === null) return null;
  return {
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: verdict.decision,
      permissionDecisionReason: verdict.reason,
    },
  };
}
