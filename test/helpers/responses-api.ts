/**
 * A loopback stand-in for OpenAI's `POST /v1/responses` as an event stream, for tests that run the real Codex. Markers in
 * the prompt decide what it answers: see marked-turns.ts.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarked, markedTurns, type ScriptedCall, type ScriptedTools } from './marked-turns.ts';
import { type ScriptedApi, startScriptedServer } from './scripted-server.ts';
import { noTokens, type ServedCall, type ServedTokens, seededTokens } from './served-call.ts';

/** One model call of Codex. */
export interface CodexCall extends ServedCall {
  /** The conversation that it was made in; sub-agents have their own. */
  threadId: string;
  turnId: string;
  /** `turn`, or `compaction`. */
  kind: string;
  subagent: boolean;
}

/** A loopback Responses API. */
export interface ResponsesApi extends ScriptedApi {
  calls: CodexCall[];
}

/** Options of {@link startResponsesApi}. */
export interface ResponsesApiOptions {
  /** Usage is a function of this and the number of the call. @default 1 */
  seed?: number;
  /** Replaces the seeded usage. */
  tokens?: (index: number) => ServedTokens;
  /** Statuses of the first calls; later ones succeed. @default [] */
  errors?: readonly number[];
  /** Headers of every answer, e.g. `x-codex-primary-used-percent`. @default {} */
  headers?: Readonly<Record<string, string>>;
  /** Time between a request and its answer. @default 0 */
  latencyMs?: number;
}

interface InputItem {
  type: string;
  role?: string;
  call_id?: string;
  content?: { text?: string }[];
  output?: unknown;
}

/** The part of a request that is looked at here. */
interface ResponsesRequest {
  model: string;
  input: InputItem[];
  tools?: { name?: string; type: string }[];
  client_metadata?: Record<string, string>;
}

const MULTI_AGENT = 'multi_agent_v1';

/** How Codex's tools are called. */
const CODEX_TOOLS: ScriptedTools = {
  shell: (command) => ({ name: 'exec_command', input: { cmd: command } }),
  write: (path) => ({ name: 'exec_command', input: { cmd: `touch ${path}` } }),
  subAgent: (prompt) => ({ name: 'spawn_agent', input: { message: prompt } }),
};

/** Starts the API; `url` with `/v1` is what `model_providers.<name>.base_url` takes. */
export async function startResponsesApi(options: ResponsesApiOptions = {}): Promise<ResponsesApi> {
  const { seed = 1, latencyMs = 0, headers = {} } = options;
  const tokensOf = options.tokens ?? ((index: number) => codexTokens(seed, index));
  const calls: CodexCall[] = [];
  const errors = [...(options.errors ?? [])];
  /** Answers with tool calls by turn: a compaction takes them out of the conversation. */
  const steps = new Map<string, number>();
  const server = await startScriptedServer(calls, async ({ method, path, text }, response) => {
    if (method !== 'POST' || path !== '/v1/responses') return false;
    const body = JSON.parse(text) as ResponsesRequest;
    const served = describe(body, calls.length);
    calls.push(served);
    if (latencyMs > 0) await sleep(latencyMs);
    const status = errors.shift();
    if (status !== undefined && status !== 200) {
      served.status = status;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `Scripted ${status}`, type: 'scripted' } }));
    } else {
      const asked = callsOf(served, body, steps);
      served.responseId = `resp_${seed}_${served.index + 1}`;
      served.tokens = tokensOf(served.index);
      served.toolNames = asked.map(({ name }) => name);
      served.toolCallIds = asked.map((_, i) => `call_${seed}_${served.index + 1}_${i + 1}`);
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      stream(response, served, asked);
    }
    served.endedAt = new Date().toISOString();
    return true;
  });
  return { ...server, calls };
}

/** Every type of token is there at times, so that a figure in a wrong column shows in sums. */
export function codexTokens(seed: number, index: number): ServedTokens {
  return { ...seededTokens(seed, index), cacheCreation: index % 3 === 1 ? 17 + index * 3 : 0 };
}

function describe(body: ResponsesRequest, index: number): CodexCall {
  const metadata = body.client_metadata ?? {};
  const turn = JSON.parse(metadata['x-codex-turn-metadata'] ?? '{}') as Record<string, string | undefined>;
  return {
    index,
    responseId: '',
    model: body.model,
    status: 200,
    tokens: noTokens(),
    prompt: promptOf(body.input),
    toolNames: [],
    toolCallIds: [],
    offered: (body.tools ?? []).map(({ name, type }) => name ?? type),
    streamed: true,
    startedAt: new Date().toISOString(),
    endedAt: '',
    threadId: metadata.thread_id ?? '',
    turnId: metadata.turn_id ?? '',
    kind: turn.request_kind ?? 'turn',
    subagent: turn.thread_source === 'subagent',
  };
}

/** The newest marked text that was asked, else the newest. */
function promptOf(input: readonly InputItem[]): string {
  const asked = input.filter(({ type, role }) => type === 'message' && role === 'user').map(textOf);
  return asked.findLast(isMarked) ?? asked.at(-1) ?? '';
}

function textOf({ content = [] }: InputItem): string {
  return content.map(({ text }) => text ?? '').join('\n');
}

/** The tools to call now; none = a text ends the turn. */
function callsOf(served: CodexCall, body: ResponsesRequest, steps: Map<string, number>): ScriptedCall[] {
  if (served.kind === 'compaction') return [];
  const started = startedAgents(body.input);
  if (started.length > 0) return [{ name: 'wait_agent', input: { targets: started } }];
  const step = steps.get(served.turnId) ?? 0;
  steps.set(served.turnId, step + 1);
  return markedTurns(served.prompt, CODEX_TOOLS)[step] ?? [];
}

/** Sub-agents whose start the last answers tell: Codex goes on without them unless it is told to wait. */
function startedAgents(input: readonly InputItem[]): string[] {
  const answers = input.slice(input.findLastIndex(({ type }) => type !== 'function_call_output') + 1);
  return answers.flatMap(({ output }) => {
    const id = typeof output === 'string' ? /"agent_id":"([^"]+)"/.exec(output)?.[1] : undefined;
    return id === undefined ? [] : [id];
  });
}

function stream(response: ServerResponse, served: CodexCall, asked: readonly ScriptedCall[]): void {
  const send = (event: { type: string; [key: string]: unknown }): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  send({ type: 'response.created', response: { id: served.responseId } });
  for (const [index, { name, input }] of asked.entries()) {
    const item = {
      type: 'function_call',
      name: bareName(name),
      ...namespaceOf(name),
      call_id: served.toolCallIds[index],
      arguments: JSON.stringify(input),
    };
    send({ type: 'response.output_item.done', item });
  }
  if (asked.length === 0) {
    const content = [{ type: 'output_text', text: 'All done.' }];
    const item = { type: 'message', role: 'assistant', id: `msg_${served.index + 1}`, content };
    send({ type: 'response.output_item.done', item });
  }
  send({ type: 'response.completed', response: { id: served.responseId, usage: usageOf(served.tokens) } });
  response.end();
}

/** `mcp__calc__add` is the tool `add` in the namespace `mcp__calc`; tools for sub-agents have one of their own. */
function namespaceOf(name: string): { namespace?: string } {
  const server = /^(mcp__.+)__/.exec(name)?.[1];
  if (server !== undefined) return { namespace: server };
  return /^(?:spawn|wait|close)_agent$/.test(name) ? { namespace: MULTI_AGENT } : {};
}

function bareName(name: string): string {
  return name.replace(/^mcp__.+__/, '');
}

/** Caches are part of the input, reasoning is part of the output. */
function usageOf(tokens: ServedTokens): Record<string, unknown> {
  const input = tokens.input + tokens.cacheRead + tokens.cacheCreation;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: tokens.cacheRead, cache_write_tokens: tokens.cacheCreation },
    output_tokens: tokens.output,
    output_tokens_details: { reasoning_tokens: tokens.reasoning },
    total_tokens: input + tokens.output,
  };
}
