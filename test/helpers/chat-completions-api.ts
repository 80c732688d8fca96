/**
 * A loopback stand-in for an OpenAI-compatible `POST /v1/chat/completions`, streamed or whole, for tests that run real
 * agents (Qwen Code, OpenCode, Copilot CLI). Markers in the prompt decide what it answers: see marked-turns.ts.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarked, markedTurns, type ScriptedCall, type ScriptedTools } from './marked-turns.ts';
import { type ScriptedApi, startScriptedServer } from './scripted-server.ts';
import { noTokens, type ServedCall, type ServedTokens, seededTokens } from './served-call.ts';

/** What a script decides on. */
export interface ChatTurn {
  prompt: string;
  /** How many answers with tool calls were given to that prompt already. */
  step: number;
  body: ChatRequest;
}

/** What the model answers: text, tool calls, or both. */
export interface ChatReply {
  text?: string;
  calls?: ScriptedCall[];
}

/** Options of {@link startChatCompletionsApi}. */
export interface ChatCompletionsApiOptions {
  /** How the agent's tools are called. */
  tools: ScriptedTools;
  /** Replaces the markers; undefined = as they say. */
  script?: (turn: ChatTurn) => ChatReply | undefined;
  /** Usage is a function of this and the number of the call. @default 1 */
  seed?: number;
  /** Statuses of the first calls that offer tools; later ones succeed. @default [] */
  errors?: readonly number[];
  /** Time between a request and its answer. @default 0 */
  latencyMs?: number;
}

/** The part of a request that is looked at here. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools?: { function?: { name: string } }[];
  stream?: boolean;
}

/** A message of the conversation. */
export interface ChatMessage {
  role: string;
  content?: string | { type: string; text?: string }[] | null;
  tool_calls?: unknown[];
}

/** Starts the API; clients' base URL is `${url}/v1`. */
export function startChatCompletionsApi(options: ChatCompletionsApiOptions): Promise<ScriptedApi> {
  const { seed = 1, latencyMs = 0 } = options;
  const calls: ServedCall[] = [];
  const errors = [...(options.errors ?? [])];
  return startScriptedServer(calls, async ({ method, path, text }, response) => {
    if (method !== 'POST' || path !== '/v1/chat/completions') return false;
    const body = JSON.parse(text) as ChatRequest;
    const turn = { ...turnOf(body.messages), body };
    const index = calls.length;
    const served: ServedCall = {
      index,
      responseId: '',
      model: body.model,
      status: 200,
      tokens: noTokens(),
      prompt: turn.prompt,
      toolNames: [],
      toolCallIds: [],
      offered: (body.tools ?? []).flatMap((tool) => tool.function?.name ?? []),
      streamed: body.stream === true,
      startedAt: new Date().toISOString(),
      endedAt: '',
    };
    calls.push(served);
    if (latencyMs > 0) await sleep(latencyMs);
    const status = served.offered.length > 0 ? errors.shift() : undefined;
    if (status === undefined) {
      const reply = options.script?.(turn) ?? replyOf(turn, served.offered, options.tools);
      served.responseId = `chatcmpl-${seed}-${index + 1}`;
      served.tokens = seededTokens(seed, index);
      served.toolNames = (reply.calls ?? []).map(({ name }) => name);
      served.toolCallIds = served.toolNames.map((_, i) => `call_${seed}_${index + 1}_${i + 1}`);
      if (served.streamed) sendStream(response, served, reply);
      else sendWhole(response, served, reply);
    } else {
      served.status = status;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { message: `Scripted ${status}`, type: 'scripted', code: status } }),
      );
    }
    served.endedAt = new Date().toISOString();
    return true;
  });
}

/** Finds out what is asked and how far the answer is. Agents add reminders of their own: the newest marker counts. */
function turnOf(messages: readonly ChatMessage[]): { prompt: string; step: number } {
  const marked = messages.findLastIndex(({ role, content }) => role === 'user' && isMarked(textOf(content)));
  const at = marked >= 0 ? marked : messages.findLastIndex(({ role }) => role === 'user');
  const step = messages.slice(at + 1).filter(({ tool_calls }) => (tool_calls?.length ?? 0) > 0).length;
  return { prompt: textOf(messages[at]?.content), step };
}

function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}

function replyOf({ prompt, step }: ChatTurn, offered: readonly string[], tools: ScriptedTools): ChatReply {
  const turns = offered.length === 0 ? [] : markedTurns(prompt, tools);
  const calls = turns[step];
  if (calls === undefined) return { text: 'All done.' };
  return prompt.includes('[silent]') ? { calls } : { text: `Step ${step + 1} of ${turns.length}.`, calls };
}

/** `prompt_tokens` includes what came from the cache, `completion_tokens` what was reasoned. */
function usageOf(tokens: ServedTokens): Record<string, unknown> {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheCreation;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens.output,
    total_tokens: prompt + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cacheRead },
    completion_tokens_details: { reasoning_tokens: tokens.reasoning },
  };
}

function toolCallsOf(served: ServedCall, calls: readonly ScriptedCall[]): Record<string, unknown>[] {
  return calls.map(({ name, input }, index) => ({
    index,
    id: served.toolCallIds[index],
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }));
}

function sendWhole(response: ServerResponse, served: ServedCall, { text, calls = [] }: ChatReply): void {
  const message = {
    role: 'assistant',
    content: text ?? null,
    ...(calls.length === 0 ? {} : { tool_calls: toolCallsOf(served, calls) }),
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      ...answerHead(served, 'chat.completion'),
      choices: [{ index: 0, message, finish_reason: finishReason(calls) }],
      usage: usageOf(served.tokens),
    }),
  );
}

function sendStream(response: ServerResponse, served: ServedCall, { text, calls = [] }: ChatReply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const head = answerHead(served, 'chat.completion.chunk');
  const send = (fields: Record<string, unknown>) =>
    response.write(`data: ${JSON.stringify({ ...head, ...fields })}\n\n`);
  const delta = (content: Record<string, unknown>, finish_reason: string | null = null) =>
    send({ choices: [{ index: 0, delta: content, finish_reason }] });
  delta({ role: 'assistant', content: '' });
  if (text !== undefined) delta({ content: text });
  for (const call of toolCallsOf(served, calls)) delta({ tool_calls: [call] });
  delta({}, finishReason(calls));
  send({ choices: [], usage: usageOf(served.tokens) });
  response.end('data: [DONE]\n\n');
}

function answerHead(served: ServedCall, object: string): Record<string, unknown> {
  const created = Math.floor(Date.parse(served.startedAt) / 1000);
  return { id: served.responseId, object, created, model: served.model };
}

function finishReason(calls: readonly ScriptedCall[]): string {
  return calls.length > 0 ? 'tool_calls' : 'stop';
}
