import type { AgentEvent } from '../../domain/event.ts';
import type { PromptPayload, SpanPayload, TallyPayload, ToolDecisionPayload } from '../../domain/payload.ts';
import { objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { editedLines } from './edited-lines.ts';
import { madeByCommand } from './made-by-command.ts';
import { isInterruption, promptSource, promptText } from './prompt-line.ts';
import { toolAction } from './tool-action.ts';
import { resultText, toolOutcome } from './tool-outcome.ts';
import { lineEvent, shortText } from './transcript-events.ts';
import type { ContentBlock, TranscriptLine } from './transcript-line.ts';
import type { ClaudeState } from './transcript-state.ts';
import { type ClaudeStep, hold, inTurn, releaseRunEnd, releaseUnfinished } from './transcript-step.ts';

/** A `user` line: a prompt, results of tools, the user's interruption, or a reminder that tells nothing. */
export function userLine(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const results = line.blocks.filter(({ type }) => type === 'tool_result');
  if (results.length > 0) {
    return inTurn(
      withRun(state, line.promptId),
      ...results.map((block) => (before: ClaudeState) => toolResult(line, block, before, context)),
    );
  }
  // The first line of a sub-agent's transcript is what its parent asked: part of the parent's run.
  if (line.sidechain) return { events: [], state: withRun(state, line.promptId) };
  const text = promptText(line);
  if (text !== undefined) return prompt(line, text, state, context);
  return isInterruption(line) ? interruption(line, state, context) : { events: [], state };
}

/** The user stopped the run; a message that was being written stays as it is. */
function interruption(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const { runId } = state;
  return inTurn(state, releaseUnfinished, (before) =>
    runId === undefined
      ? { events: [], state: before }
      : hold(withoutRunEnd(before), runEnd(line, context, runId, 'cancelled')),
  );
}

/** The end of a run. @param status `success`, `error` or `cancelled`. */
export function runEnd(
  line: TranscriptLine,
  context: TranscriptContext,
  runId: string,
  status: string,
  durationMs?: number,
): AgentEvent {
  return lineEvent(line, context, {
    type: 'run.end',
    part: 'run-end',
    correlation: { runId },
    payload: present({ status, duration_ms: durationMs }),
  });
}

function prompt(
  line: TranscriptLine,
  text: string,
  state: ClaudeState,
  context: TranscriptContext,
): ClaudeStep {
  const runId = line.promptId ?? line.uuid;
  const payload: PromptPayload = present({
    prompt_id: runId,
    prompt_source: promptSource(line, text),
    length: text.length,
    text: context.privacy.prompts ? shortText(text) : undefined,
    message_uuid: line.uuid,
  });
  const event = lineEvent(line, context, {
    type: 'prompt',
    part: 'prompt',
    correlation: { runId },
    payload: { ...payload },
  });
  return inTurn(
    state,
    (before) => resumed(line, before, context),
    releaseUnfinished,
    releaseRunEnd,
    (before) => hold(withRun(before, runId), event),
  );
}

/** The first prompt or compaction after the process had ended: another one took the session up again. */
export function resumed(line: TranscriptLine, state: ClaudeState, context: TranscriptContext): ClaudeStep {
  const { wasEnded, ...goesOn } = state;
  if (wasEnded !== true) return { events: [], state };
  const payload: TallyPayload = { measure: 'resumes', teller: 'transcript', amount: 1 };
  return hold(
    goesOn,
    lineEvent(line, context, { type: 'agent.tally', part: 'resume', payload: { ...payload } }),
  );
}

function toolResult(
  line: TranscriptLine,
  block: ContentBlock,
  state: ClaudeState,
  context: TranscriptContext,
): ClaudeStep {
  const id = textOf(block.tool_use_id);
  if (id === undefined) return { events: [], state };
  if (state.copiedCalls.includes(id)) {
    return {
      events: [],
      state: { ...state, copiedCalls: state.copiedCalls.filter((copied) => copied !== id) },
    };
  }
  const { [id]: call, ...calls } = state.calls;
  const text = resultText(block);
  const ofCall =
    call?.sessionId === undefined
      ? { runId: line.promptId ?? state.runId }
      : { runId: undefined, sessionId: call.sessionId };
  const correlation = { ...ofCall, spanId: id, parentSpanId: textOf(context.companion?.toolUseId) };
  const result = objectOf(line.raw.toolUseResult);
  const outcome = toolOutcome(line, block);
  const payload: SpanPayload = present({
    ...editedLines(result),
    ...(call?.command === undefined || outcome.status !== 'success'
      ? {}
      : madeByCommand(call.command, textOf(result?.stdout) ?? text ?? '')),
    kind: 'tool' as const,
    tool_name: call?.name,
    tool_use_id: id,
    action: call === undefined ? undefined : toolAction(call.name),
    ...outcome,
    duration_ms:
      call === undefined || line.tsMs === undefined ? undefined : Math.max(0, line.tsMs - call.startedMs),
    output_size_bytes: text === undefined ? undefined : Buffer.byteLength(text),
    output: context.privacy.toolOutput && text !== undefined ? shortText(text) : undefined,
    subagent_id: line.agentId,
  });
  const ended = lineEvent(line, context, {
    type: 'span.end',
    part: `end:${id}`,
    correlation,
    payload: { ...payload },
  });
  const decision = toolDecision(line, id, call?.name);
  return {
    events:
      decision === null
        ? [ended]
        : [
            lineEvent(line, context, {
              type: 'tool.decision',
              part: `decision:${id}`,
              correlation,
              payload: { ...decision },
            }),
            ended,
          ],
    state: { ...state, calls },
  };
}

/** Whether the call was allowed, and by what; null where the line does not say. */
function toolDecision(
  line: TranscriptLine,
  id: string,
  toolName: string | undefined,
): ToolDecisionPayload | null {
  const told = objectOf(line.raw.permissionDecision);
  const decision = textOf(told?.decision) ?? (line.raw.toolDenialKind === undefined ? undefined : 'reject');
  if (decision === undefined) return null;
  return present({
    tool_name: toolName,
    tool_use_id: id,
    decision,
    decision_source: textOf(told?.source),
    subagent_id: line.agentId,
  });
}

function withRun(state: ClaudeState, runId: string | undefined): ClaudeState {
  return runId === undefined || runId === state.runId ? state : { ...state, runId };
}

function withoutRunEnd({ runEnd: _taken, ...state }: ClaudeState): ClaudeState {
  return state;
}
