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
  /** False in turns that another agent began by a message: no source knows a prompt of them. */
  prompted: boolean;
  /** Names of the tools that scripts of the model call, one in each. */
  nestedNames: string[];
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
  /** What one agent sends another would be encrypted by the real API. */
  content?: { text?: string; encrypted_content?: string }[];
  output?: unknown;
}

/** The part of a request that is looked at here. */
interface ResponsesRequest {
  model: string;
  input: InputItem[];
  tools?: { name?: string; type: string }[];
  client_metadata?: Record<string, string>;
}

/** A tool that takes the text of a script, which calls tools itself; newer models have no other for commands. */
const SCRIPT = 'exec';
const NESTED = /tools\.(\w+)\(/;

/** How Codex's tools are called. */
const CODEX_TOOLS: ScriptedTools = {
  shell: (command) => ({ name: 'exec_command', input: { cmd: command } }),
  write: (path) => ({ name: 'exec_command', input: { cmd: `touch ${path}` } }),
  subAgent: (prompt) => ({ name: 'spawn_agent', input: { message: prompt } }),
};

/** The same for models that write scripts. */
const SCRIPT_TOOLS: ScriptedTools = {
  shell: (command) => script(`tools.exec_command(${JSON.stringify({ cmd: command })})`),
  write: (path) => {
    const patch = `*** Begin Patch\n*** Add File: ${path}\n+one\n+\n+three\n*** End Patch`;
    return script(`tools.apply_patch(${JSON.stringify(patch)})`);
  },
  subAgent: (prompt) => ({ name: 'spawn_agent', input: { task_name: 'helper', message: prompt } }),
};

function script(call: string): ScriptedCall {
  return { name: SCRIPT, input: { script: `text(await ${call})` } };
}

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
      served.nestedNames = asked.flatMap(({ input }) => NESTED.exec(String(input.script))?.[1] ?? []);
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      stream(response, served, asked, writesScripts(body));
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
    prompted: turn.thread_source !== 'subagent' || !writesScripts(body),
    nestedNames: [],
  };
}

/** The newest marked text that was asked, else the newest. */
function promptOf(input: readonly InputItem[]): string {
  const asked = input
    .filter(({ type, role }) => (type === 'message' && role === 'user') || type === 'agent_message')
    .map(textOf);
  return asked.findLast(isMarked) ?? asked.at(-1) ?? '';
}

function textOf({ content = [] }: InputItem): string {
  return content.map(({ text, encrypted_content: sent }) => text ?? sent ?? '').join('\n');
}

/** The tools to call now; none = a text ends the turn. */
function callsOf(served: CodexCall, body: ResponsesRequest, steps: Map<string, number>): ScriptedCall[] {
  if (served.kind === 'compaction') return [];
  const waiting = waitForAgents(body.input);
  if (waiting !== undefined) return [waiting];
  const step = steps.get(served.turnId) ?? 0;
  steps.set(served.turnId, step + 1);
  return markedTurns(served.prompt, writesScripts(body) ? SCRIPT_TOOLS : CODEX_TOOLS)[step] ?? [];
}

/** Newer models get their tools within the conversation. */
function writesScripts(body: ResponsesRequest): boolean {
  return body.input.some(({ type }) => type === 'additional_tools');
}

/** Codex goes on without the sub-agents that the last answers started unless it is told to wait. */
function waitForAgents(input: readonly InputItem[]): ScriptedCall | undefined {
  const answers = input.slice(input.findLastIndex(({ type }) => type !== 'function_call_output') + 1);
  const told = answers.map(({ output }) => (typeof output === 'string' ? output : ''));
  const ids = told.flatMap((output) => /"agent_id":"([^"]+)"/.exec(output)?.[1] ?? []);
  if (ids.length > 0) return { name: 'wait_agent', input: { targets: ids } };
  return told.some((output) => output.includes('"task_name"'))
    ? { name: 'wait_agent', input: { timeout_ms: 10_000 } }
    : undefined;
}

function stream(
  response: ServerResponse,
  served: CodexCall,
  asked: readonly ScriptedCall[],
  scripts: boolean,
): void {
  const send = (event: { type: string; [key: string]: unknown }): void => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  send({ type: 'response.created', response: { id: served.responseId } });
  for (const [index, { name, input }] of asked.entries()) {
    const item = {
      name: bareName(name),
      ...namespaceOf(name, scripts),
      call_id: served.toolCallIds[index],
      ...(name === SCRIPT
        ? { type: 'custom_tool_call', input: input.script }
        : { type: 'function_call', arguments: JSON.stringify(input) }),
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
function namespaceOf(name: string, scripts: boolean): { namespace?: string } {
  const server = /^(mcp__.+)__/.exec(name)?.[1];
  if (server !== undefined) return { namespace: server };
  if (name === SCRIPT) return { namespace: 'functions' };
  if (!/^(?:spawn|wait)_agent$/.test(name)) return {};
  return { namespace: scripts ? 'collaboration' : 'multi_agent_v1' };
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
