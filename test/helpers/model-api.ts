/**
 * A loopback stand-in for the Anthropic Messages API, for tests that run the real Claude Code.
 *
 * It answers `POST /v1/messages` as an event stream, decides what to say from markers in the prompt, and
 * keeps a log of every request it served. Nothing else knows what was really spent, so that log is the
 * ground truth of the accuracy tests.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Token counts as the Messages API reports them. */
export interface ModelUsage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  /** Further fields of a real answer that may change the price, e.g. `server_tool_use`, `speed`. */
  [field: string]: unknown;
}

/** Who sent a request: the main conversation, a sub-agent, or a helper (session titles, permission checks). */
export type RequestRole = 'main' | 'subagent' | 'helper';

/** One request as it was served. */
export interface ServedRequest {
  /** Counts from 0 in order of arrival. */
  index: number;
  /** The id of the request, also when `requestIdSent` is false and the client never learnt it. */
  requestId: string;
  requestIdSent: boolean;
  /** Empty where no message was sent. */
  messageId: string;
  /** As requested; see `answeringModel`. */
  model: string;
  answeringModel: string;
  role: RequestRole;
  sessionId: string | undefined;
  agentId: string | undefined;
  parentAgentId: string | undefined;
  /** The client's own id of the request, if it sent one. */
  clientRequestId: string | undefined;
  /** The text that a person (or the parent agent) asked, as far as the server can tell. */
  prompt: string;
  /** HTTP status of the answer. */
  status: number;
  /** What a client has to pay for; zeros where nothing was generated. */
  usage: ModelUsage;
  /** Whether the client has to pay and can know it: false for errors and for streams that did not end. */
  priced: boolean;
  stopReason: string | undefined;
  toolUseIds: string[];
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
}

/** A tool call that the model asks for. */
export interface ToolUse {
  name: string;
  input: Record<string, unknown>;
}

/** What the model answers: text, tool calls, or both. */
export interface Reply {
  text?: string;
  tools?: ToolUse[];
}

/** What a script decides on. */
export interface Turn {
  /** The newest text that a person, or a parent agent, asked. */
  prompt: string;
  /** How many answers with tool calls were given to that prompt already. */
  step: number;
  role: RequestRole;
  model: string;
  /** The whole request as sent. */
  body: MessagesRequest;
}

/** Decides what the model answers to a turn. */
export type ModelScript = (turn: Turn) => Reply;

/** Options of {@link startModelApi}. */
export interface ModelApiOptions {
  /** @default 0, any free port */
  port?: number;
  /** @default scriptByMarkers */
  script?: ModelScript;
  /** Whether answers carry a `request-id` header. @default true */
  requestIds?: boolean;
  /** Usage is a function of this and the number of the request. @default 1 */
  seed?: number;
  /** Replaces the seeded usage. */
  usage?: (index: number, turn: Turn) => ModelUsage;
  /** Statuses of the first requests of main and sub-agents, e.g. `[529, 529]`; later ones succeed. @default [] */
  errors?: readonly number[];
  /** That many of the first streams break off before `message_delta`. @default 0 */
  brokenStreams?: number;
  /** The model that answers say they come from, as the real API resolves aliases. @default as requested */
  answeringModel?: (requested: string) => string;
  /** Time between a request and its answer. @default 0 */
  latencyMs?: number;
  /** Time after each content block of a stream, so that a client can be interrupted in between. @default 0 */
  blockPauseMs?: number;
}

/** A running model API. */
export interface ModelApi extends AsyncDisposable {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string;
  port: number;
  /** Every request to /v1/messages in order of arrival. */
  requests: ServedRequest[];
  /** Method and path of everything that was answered with 404. */
  unknown: string[];
  /** From now on requests get no answer, until what is returned is called: who has asked can neither go on nor end. */
  hold(): () => void;
  close(): Promise<void>;
}

interface ContentBlock {
  type: string;
  text?: string;
}

interface Message {
  role: string;
  content: string | ContentBlock[];
}

/** The part of a Messages API request that is looked at here. */
export interface MessagesRequest {
  model: string;
  messages: Message[];
  tools?: { name: string }[];
  metadata?: { user_id?: string };
  stop_sequences?: string[];
  stream?: boolean;
}

/** `[marker]` or `[marker rest]`, where rest may hold one more level of brackets. */
const MARKERS =
  /\[(tools|parallel|fail|bash|write|agents?|background|call)(?: ((?:[^[\]]|\[[^[\]]*\])*))?\]/g;
const BROKEN_STREAM_FLUSH_MS = 50;

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

/**
 * The default script. Markers in the prompt run in the order in which they stand there, then comes a text:
 *
 * - `[tools N]` N turns with one Bash call each
 * - `[parallel N]` one turn with N Bash calls
 * - `[fail]` one Bash call that exits with 3
 * - `[bash COMMAND]` one Bash call of that command
 * - `[write PATH]` one Write call, which `claude -p` denies unless it is allowed
 * - `[agent]` one sub-agent, in the foreground, whose prompt is `sub-task [tools 1]`
 * - `[agents N]` one turn with N such sub-agents
 * - `[background]` the same as `[agent]` in the background
 * - `[silent]` anywhere: tool calls come without a text
 * - `[call NAME JSON]` one call of any tool; brackets in it must be paired
 *
 * Helpers (session titles, auto mode's check of a tool call) get what they ask for.
 */
export const scriptByMarkers: ModelScript = (turn) => {
  if (turn.role === 'helper') return helperReply(turn.body);
  const steps = turnsOf(turn.prompt, agentToolOf(turn.body));
  const tools = steps[turn.step];
  if (tools !== undefined && turn.prompt.includes('[silent]')) return { tools };
  if (tools !== undefined) return { text: `Step ${turn.step + 1} of ${steps.length}.`, tools };
  return { text: 'All done.' };
};

/** Titles are asked for as JSON; auto mode's check of a tool call wants a verdict and stops at its end. */
function helperReply(body: MessagesRequest): Reply {
  return { text: body.stop_sequences?.includes('</block>') ? '<block>no' : '{"title":"A short title"}' };
}

function turnsOf(prompt: string, agentTool: string): ToolUse[][] {
  const turns: ToolUse[][] = [];
  for (const [, marker = '', rest = ''] of prompt.matchAll(MARKERS)) {
    const count = Number.parseInt(rest, 10) || 1;
    const range = Array.from({ length: count }, (_, i) => i + 1);
    if (marker === 'tools') turns.push(...range.map((i) => [bash(`echo tool ${i}`)]));
    if (marker === 'parallel') turns.push(range.map((i) => bash(`echo parallel ${i}`)));
    if (marker === 'fail') turns.push([bash('echo failing >&2; exit 3')]);
    if (marker === 'bash') turns.push([bash(rest)]);
    if (marker === 'write') turns.push([{ name: 'Write', input: { file_path: rest, content: 'text\n' } }]);
    if (marker === 'agent' || marker === 'agents') turns.push(range.map((i) => subAgent(agentTool, i)));
    if (marker === 'background') turns.push([subAgent(agentTool, 1, true)]);
    if (marker === 'call') turns.push([parseCall(rest)]);
  }
  return turns;
}

function bash(command: string): ToolUse {
  return { name: 'Bash', input: { command, description: 'Run a command' } };
}

function subAgent(name: string, number: number, background = false): ToolUse {
  return {
    name,
    input: {
      description: `Sub-task ${number}`,
      prompt: `sub-task ${number} [tools 1]`,
      subagent_type: 'general-purpose',
      run_in_background: background,
    },
  };
}

function parseCall(text: string): ToolUse {
  const space = text.indexOf(' ');
  if (space < 0) return { name: text, input: {} };
  return { name: text.slice(0, space), input: JSON.parse(text.slice(space + 1)) as Record<string, unknown> };
}

/** The sub-agent tool was called Task before it was called Agent. */
function agentToolOf(body: MessagesRequest): string {
  return body.tools?.some((tool) => tool.name === 'Task') ? 'Task' : 'Agent';
}

/**
 * Token counts of the request with that number: realistic, odd, and never all alike, so that a figure that
 * was dropped, doubled or put into the wrong column shows in every sum.
 */
export function seededUsage(seed: number, index: number): ModelUsage {
  const random = mulberry32(seed * 7919 + index);
  const upTo = (max: number) => 1 + Math.floor(random() * max);
  const fiveMinutes = upTo(4000);
  const oneHour = index % 3 === 1 ? upTo(3000) : 0;
  return {
    input_tokens: upTo(3000),
    output_tokens: upTo(1500),
    cache_read_input_tokens: index === 0 ? 0 : upTo(60_000),
    cache_creation_input_tokens: fiveMinutes + oneHour,
    cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: oneHour },
  };
}

/** A small random generator with a seed; same seed, same numbers. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Sum of what clients have to pay for, in tokens. */
export function totalUsage(requests: readonly ServedRequest[]): ModelUsage {
  const total = noUsage();
  for (const { usage, priced } of requests) {
    if (!priced) continue;
    total.input_tokens += usage.input_tokens;
    total.output_tokens += usage.output_tokens;
    total.cache_read_input_tokens += usage.cache_read_input_tokens;
    total.cache_creation_input_tokens += usage.cache_creation_input_tokens;
    total.cache_creation.ephemeral_5m_input_tokens += usage.cache_creation.ephemeral_5m_input_tokens;
    total.cache_creation.ephemeral_1h_input_tokens += usage.cache_creation.ephemeral_1h_input_tokens;
  }
  return total;
}

function noUsage(): ModelUsage {
  return {
    input_tokens: 0,
    output_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  };
}

/** Starts the model API on the loopback interface. */
export async function startModelApi(options: ModelApiOptions = {}): Promise<ModelApi> {
  const requests: ServedRequest[] = [];
  const unknown: string[] = [];
  let held = Promise.resolve();
  const answer = createAnswerer(requests, options, () => held);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'POST' || path !== '/v1/messages') {
      unknown.push(`${request.method} ${request.url}`);
      request.resume();
      sendError(response, 404, 'not_found_error');
      return;
    }
    answer(request, response).catch(() => {
      // A script that throws must not look like a broken connection, which clients repeat for minutes.
      if (!response.headersSent) sendError(response, 400, 'invalid_request_error');
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    unknown,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @param held resolves when answers may be given */
function createAnswerer(requests: ServedRequest[], options: ModelApiOptions, held: () => Promise<void>) {
  const { script = scriptByMarkers, requestIds = true, seed = 1, latencyMs = 0, blockPauseMs = 0 } = options;
  const usageOf = options.usage ?? ((index: number) => seededUsage(seed, index));
  const errors = [...(options.errors ?? [])];
  let brokenStreams = options.brokenStreams ?? 0;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await readText(request)) as MessagesRequest;
    const turn = toTurn(body, request.headers);
    const index = requests.length;
    const requestId = `req_${seed}_${String(index + 1).padStart(6, '0')}`;
    const served: ServedRequest = {
      index,
      requestId,
      requestIdSent: requestIds,
      messageId: '',
      model: body.model,
      answeringModel: options.answeringModel?.(body.model) ?? body.model,
      role: turn.role,
      sessionId: header(request.headers, 'x-claude-code-session-id') ?? sessionOf(body),
      agentId: header(request.headers, 'x-claude-code-agent-id'),
      parentAgentId: header(request.headers, 'x-claude-code-parent-agent-id'),
      clientRequestId: header(request.headers, 'x-client-request-id'),
      prompt: turn.prompt,
      status: 200,
      usage: noUsage(),
      priced: false,
      stopReason: undefined,
      toolUseIds: [],
      startedAt: new Date().toISOString(),
      endedAt: '',
    };
    requests.push(served);
    if (latencyMs > 0) await sleep(latencyMs);
    await held();
    if (requestIds) response.setHeader('request-id', requestId);

    const errorStatus = turn.role === 'helper' ? undefined : errors.shift();
    if (errorStatus !== undefined) {
      served.status = errorStatus;
      sendError(response, errorStatus, ERROR_TYPES[errorStatus] ?? 'api_error');
    } else {
      const reply = script(turn);
      served.messageId = `msg_${seed}_${String(index + 1).padStart(6, '0')}`;
      served.usage = usageOf(index, turn);
      served.stopReason = reply.tools === undefined ? 'end_turn' : 'tool_use';
      served.toolUseIds = (reply.tools ?? []).map((_, i) => `toolu_${seed}_${index + 1}_${i + 1}`);
      const broken = brokenStreams > 0 && turn.role !== 'helper';
      if (broken) brokenStreams -= 1;
      served.priced = !broken;
      if (body.stream === false || body.stream === undefined) sendWhole(response, served, reply);
      else await sendStream(response, served, reply, { broken, blockPauseMs });
    }
    served.endedAt = new Date().toISOString();
  };
}

/** Finds out what is asked, how far the answer is, and who asks. */
function toTurn(body: MessagesRequest, headers: IncomingHttpHeaders): Turn {
  const at = body.messages.findLastIndex((message) => message.role === 'user' && promptText(message) !== '');
  const asked = body.messages[at];
  const step = body.messages
    .slice(at + 1)
    .filter((message) => message.role === 'assistant' && hasBlock(message, 'tool_use')).length;
  return {
    prompt: asked === undefined ? '' : promptText(asked),
    step,
    role: roleOf(body, headers),
    model: body.model,
    body,
  };
}

function roleOf(body: MessagesRequest, headers: IncomingHttpHeaders): RequestRole {
  if (!body.tools?.some((tool) => tool.name === 'Bash' || tool.name === 'Read')) return 'helper';
  return header(headers, 'x-claude-code-agent-id') === undefined ? 'main' : 'subagent';
}

/** Text of a user message without what the client itself put there; empty for tool results. */
function promptText({ content }: Message): string {
  if (typeof content === 'string') return content;
  if (content.some((block) => block.type === 'tool_result')) return '';
  return content
    .flatMap((block) => (block.type === 'text' && block.text !== undefined ? [block.text] : []))
    .filter((text) => !text.startsWith('<system-reminder>'))
    .join('\n');
}

function hasBlock({ content }: Message, type: string): boolean {
  return typeof content !== 'string' && content.some((block) => block.type === type);
}

function sessionOf(body: MessagesRequest): string | undefined {
  const id = body.metadata?.user_id ?? '';
  return /"session_id":"([^"]+)"/.exec(id)?.[1] ?? /_session_(.+)$/.exec(id)?.[1];
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function sendError(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ type: 'error', error: { type, message: `Scripted ${type}` } }));
}

function contentOf(served: ServedRequest, reply: Reply): Record<string, unknown>[] {
  const tools = (reply.tools ?? []).map(({ name, input }, i) => ({
    type: 'tool_use',
    id: served.toolUseIds[i],
    name,
    input,
  }));
  return reply.text === undefined ? tools : [{ type: 'text', text: reply.text }, ...tools];
}

function messageOf(served: ServedRequest, content: Record<string, unknown>[], final: boolean) {
  return {
    id: served.messageId,
    type: 'message',
    role: 'assistant',
    model: served.answeringModel,
    content,
    stop_reason: final ? served.stopReason : null,
    stop_sequence: null,
    // As the real API does: the first event of a stream carries everything but the final output count.
    usage: { service_tier: 'standard', ...served.usage, ...(final ? {} : { output_tokens: 1 }) },
  };
}

function sendWhole(response: ServerResponse, served: ServedRequest, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(messageOf(served, contentOf(served, reply), true)));
}

async function sendStream(
  response: ServerResponse,
  served: ServedRequest,
  reply: Reply,
  { broken, blockPauseMs }: { broken: boolean; blockPauseMs: number },
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = (type: string, data: Record<string, unknown>) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);

  send('message_start', { message: messageOf(served, [], false) });
  for (const [index, block] of contentOf(served, reply).entries()) {
    const isText = block.type === 'text';
    send('content_block_start', {
      index,
      content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    const delta = isText
      ? { type: 'text_delta', text: block.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
    send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
    if (blockPauseMs > 0) await sleep(blockPauseMs);
    if (response.destroyed) {
      // The client has hung up: it saw the first usage only.
      served.priced = false;
      return;
    }
  }
  if (broken) {
    // What was written must reach the client before the connection goes.
    setTimeout(() => response.destroy(), BROKEN_STREAM_FLUSH_MS);
    return;
  }
  const { cache_creation: _, ...usage } = served.usage;
  send('message_delta', { delta: { stop_reason: served.stopReason, stop_sequence: null }, usage });
  send('message_stop', {});
  response.end();
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
