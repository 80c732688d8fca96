import { lengthOf, numberOf, type OpenClawEvent, present, type Told, textOf, toldOf } from './told.ts';

/** Remembers, between events, which run of a session goes on. */
export type OpenRuns = Map<string, string>;

/** Sessions whose runs are remembered, at most. */
const MAX_OPEN_RUNS = 1000;

/**
 * What an event of OpenClaw's internal hooks means (docs/automation/hooks/event-types.md), with agentmon's eight mappings.
 * What is not known is told by its name alone: contexts hold configuration and messages.
 */
export function mapHookEvent(event: Told, runs: OpenRuns): OpenClawEvent[] {
  const name = `${textOf(event.type) ?? 'unknown'}:${textOf(event.action) ?? 'unknown'}`;
  const context = toldOf(event.context);
  const sessionId = textOf(event.sessionKey) ?? textOf(context.sessionKey);
  const end = (reason: string): OpenClawEvent => ({ type: 'session.end', sessionId, payload: { reason } });
  const start = (id: string | undefined, startType: string): OpenClawEvent => ({
    type: 'session.start',
    sessionId: id,
    payload: present({ start_type: startType, client: textOf(context.commandSource) }),
  });
  switch (name) {
    case 'command:new':
      return [start(sessionId, 'fresh')];
    case 'command:stop':
      return [end('stop')];
    case 'command:reset':
      return [end('reset'), start(sessionId, 'clear')];
    case 'session:auto-reset':
      return [
        end(textOf(context.reason) ?? 'auto-reset'),
        ...(textOf(context.nextSessionKey) === undefined
          ? []
          : [start(textOf(context.nextSessionKey), 'clear')]),
      ];
    case 'message:received':
      return [received(sessionId, context, runs)];
    case 'message:sent':
      return [sent(sessionId, context, runs)];
    case 'tool_result_persist:unknown':
    case 'tool:result_persist':
      return [toolResult(sessionId, context)];
    case 'session:compact:before':
    case 'session:compact:after':
      return [compaction(name, sessionId, context)];
    default:
      return [{ type: `agent.${name.replaceAll(/[^a-z\d]+/gi, '_').toLowerCase()}`, sessionId, payload: {} }];
  }
}

/** A message begins a run, up to the answer. */
function received(sessionId: string | undefined, context: Told, runs: OpenRuns): OpenClawEvent {
  const runId = textOf(context.messageId) ?? crypto.randomUUID();
  if (sessionId !== undefined) {
    if (runs.size >= MAX_OPEN_RUNS) runs.clear();
    runs.set(sessionId, runId);
  }
  return {
    type: 'run.start',
    sessionId,
    runId,
    payload: present({ channel: textOf(context.channelId), length: lengthOf(context.content) }),
  };
}

function sent(sessionId: string | undefined, context: Told, runs: OpenRuns): OpenClawEvent {
  const runId = sessionId === undefined ? undefined : runs.get(sessionId);
  if (sessionId !== undefined) runs.delete(sessionId);
  return {
    // More than one message may answer; only the first one ends the run.
    type: runId === undefined ? 'agent.message_sent' : 'run.end',
    sessionId,
    runId,
    payload: present({
      status: context.success === false ? 'failure' : 'success',
      channel: textOf(context.channelId),
      length: lengthOf(context.content),
    }),
  };
}

/** Kept for senders of agentmon: OpenClaw tells of tools through plugins alone. */
function toolResult(sessionId: string | undefined, context: Told): OpenClawEvent {
  const spanId = textOf(context.toolCallId);
  return {
    type: 'span.end',
    sessionId,
    spanId,
    payload: present({
      kind: 'tool',
      tool_name: textOf(context.toolName),
      tool_use_id: spanId,
      duration_ms: numberOf(context.durationMs),
      status: textOf(context.error) === undefined ? 'success' : 'failure',
    }),
  };
}

function compaction(name: string, sessionId: string | undefined, context: Told): OpenClawEvent {
  const ended = name.endsWith('after');
  return {
    type: ended ? 'span.end' : 'span.start',
    sessionId,
    // A session compacts one thing at a time: its size before is the same in both.
    spanId: `compaction-${textOf(context.sessionId) ?? ''}-${numberOf(context.messageCountOriginal) ?? ''}`,
    payload: present({
      kind: 'compaction',
      status: ended ? 'success' : undefined,
      pre_tokens: numberOf(context.tokensBefore) ?? numberOf(context.tokenCountOriginal),
      post_tokens: numberOf(context.tokensAfter),
      messages: numberOf(context.messageCount),
    }),
  };
}
