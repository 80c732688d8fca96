import { objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { lineEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { ClaudeState } from './transcript-state.ts';
import { type ClaudeStep, hold } from './transcript-step.ts';

/** What the attachments of hooks that nobody answered begin with; all others tell nothing. */
export const FAILED_HOOK = /"attachment":\{"type":"hook_(?:non_blocking_error|cancelled)"/;

const OUR_ROUTE = '/v1/hooks/claude-code';
/** How Node says that an address was not reached; then the line does not say which. */
const NOT_REACHED = /^(?:connect E|getaddrinfo |socket hang up|read ECONNRESET|fetch failed|aborted)/;

/** A call that ran without anybody being asked: the hook before it was not answered. */
export function attachmentLine(
  line: TranscriptLine,
  state: ClaudeState,
  context: TranscriptContext,
): ClaudeStep {
  const { hookEvent, toolUseID, command, stderr, timedOut } = objectOf(line.raw.attachment) ?? {};
  const said = textOf(stderr) ?? '';
  const isOurs = `${textOf(command) ?? ''} ${said}`.includes(OUR_ROUTE) || NOT_REACHED.test(said);
  if (hookEvent !== 'PreToolUse' || !isOurs) return { events: [], state };
  const toolUseId = textOf(toolUseID);
  const event = lineEvent(line, context, {
    type: 'agent.hook_failed',
    part: 'hook',
    correlation: { runId: state.runId, spanId: toolUseId },
    payload: present({
      hook_event: hookEvent,
      tool_use_id: toolUseId,
      reason: timedOut === true ? 'timed out' : (/^HTTP \d{3}/.exec(said)?.[0] ?? 'not reached'),
    }),
  });
  return hold(state, event);
}
