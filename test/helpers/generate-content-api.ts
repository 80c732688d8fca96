/**
 * A loopback stand-in for Gemini's `POST /v1beta/models/<model>:generateContent` and `:streamGenerateContent`, for tests
 * that run the real Gemini CLI. Markers in the prompt decide what it answers: see marked-turns.ts.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarked, markedTurns, type ScriptedCall, type ScriptedTools } from './marked-turns.ts';
import { type ScriptedApi, startScriptedServer } from './scripted-server.ts';
import { noTokens, type ServedCall, type ServedTokens, seededTokens } from './served-call.ts';

/** What the model answers: text, tool calls, or both. */
export interface ContentReply {
  text?: string;
  calls?: ScriptedCall[];
}

/** Options of {@link startGenerateContentApi}. */
export interface GenerateContentApiOptions {
  /** How the agent's tools are called. */
  tools: ScriptedTools;
  /** Replaces the markers; undefined = as they say. */
  script?: (body: ContentRequest) => ContentReply | undefined;
  /** Usage is a function of this and the number of the call. @default 1 */
  seed?: number;
  /** Statuses of the first calls that offer tools; later ones succeed. @default [] */
  errors?: readonly number[];
  /** Whether function calls carry an id, as newer models' do. @default true */
  callIds?: boolean;
  /** Time between a request and its answer. @default 0 */
  latencyMs?: number;
}

/** The part of a request that is looked at here. */
export interface ContentRequest {
  contents: Content[];
  tools?: { functionDeclarations?: { name: string }[] }[];
  systemInstruction?: Content;
  generationConfig?: { responseMimeType?: string };
}

interface Content {
  role?: string;
  parts?: { text?: string; functionCall?: unknown; functionResponse?: unknown }[];
}

const ROUTE = /^\/v1beta\/models\/([^:/]+):(generateContent|streamGenerateContent)$/;

/** Starts the API; `url` is what GOOGLE_GEMINI_BASE_URL takes. */
export function startGenerateContentApi(options: GenerateContentApiOptions): Promise<ScriptedApi> {
  const { seed = 1, latencyMs = 0, callIds = true } = options;
  const calls: ServedCall[] = [];
  const errors = [...(options.errors ?? [])];
  return startScriptedServer(calls, async ({ method, path, text }, response) => {
    const [, model = '', verb = ''] = ROUTE.exec(path) ?? [];
    if (method !== 'POST' || verb === '') return false;
    const body = JSON.parse(text) as ContentRequest;
    const turn = turnOf(body.contents);
    const index = calls.length;
    const served: ServedCall = {
      index,
      responseId: '',
      model,
      status: 200,
      tokens: noTokens(),
      prompt: turn.prompt,
      toolNames: [],
      toolCallIds: [],
      offered: (body.tools ?? []).flatMap(({ functionDeclarations = [] }) =>
        functionDeclarations.map(({ name }) => name),
      ),
      streamed: verb === 'streamGenerateContent',
      startedAt: new Date().toISOString(),
      endedAt: '',
    };
    calls.push(served);
    if (latencyMs > 0) await sleep(latencyMs);
    const status = served.offered.length > 0 ? errors.shift() : undefined;
    if (status === undefined) {
      const reply =
        options.script?.(body) ?? helperReply(body) ?? replyOf(turn, served.offered, options.tools);
      served.responseId = `gemini-${seed}-${index + 1}`;
      // Tools that the provider runs itself put something into the prompt that is counted apart.
      const toolUse = index % 3 === 2 ? 11 + index : 0;
      const tokens = seededTokens(seed, index);
      served.tokens = { ...tokens, input: tokens.input + toolUse, toolUse };
      served.toolNames = (reply.calls ?? []).map(({ name }) => name);
      served.toolCallIds = callIds
        ? served.toolNames.map((_, i) => `call_${seed}_${index + 1}_${i + 1}`)
        : [];
      send(response, served, reply);
    } else {
      served.status = status;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          error: { code: status, message: `Scripted ${status}`, status: 'INVALID_ARGUMENT' },
        }),
      );
    }
    served.endedAt = new Date().toISOString();
    return true;
  });
}

/** Finds out what is asked and how far the answer is; the newest marker counts. */
function turnOf(contents: readonly Content[]): { prompt: string; step: number } {
  const marked = contents.findLastIndex((content) => content.role !== 'model' && isMarked(textOf(content)));
  const at = marked >= 0 ? marked : contents.findLastIndex(({ role }) => role !== 'model');
  const asked = contents[at];
  const step = contents
    .slice(at + 1)
    .filter(({ parts = [] }) => parts.some(({ functionCall }) => functionCall !== undefined)).length;
  return { prompt: asked === undefined ? '' : textOf(asked), step };
}

function textOf({ parts = [] }: Content): string {
  return parts.map(({ text }) => text ?? '').join('\n');
}

/** What Gemini CLI asks for itself, as JSON: which model to take, who is to speak next. */
function helperReply({ generationConfig }: ContentRequest): ContentReply | undefined {
  if (generationConfig?.responseMimeType !== 'application/json') return undefined;
  const wanted = {
    complexity_reasoning: 'simple',
    complexity_score: 10,
    reasoning: 'done',
    next_speaker: 'user',
  };
  return { text: JSON.stringify(wanted) };
}

function replyOf(
  { prompt, step }: { prompt: string; step: number },
  offered: readonly string[],
  tools: ScriptedTools,
): ContentReply {
  const turns = offered.length === 0 ? [] : markedTurns(prompt, tools);
  const calls = turns[step];
  if (calls !== undefined) return { text: `Step ${step + 1} of ${turns.length}.`, calls };
  // A sub-agent ends by a tool of its own; its text alone would be taken for giving up.
  if (offered.includes('complete_task')) {
    return { calls: [{ name: 'complete_task', input: { result: { response: 'All done.' } } }] };
  }
  return { text: 'All done.' };
}

/** The prompt includes what came from the cache; thoughts and the prompts of tools are counted apart. */
function usageOf(tokens: ServedTokens): Record<string, unknown> {
  const prompt = tokens.input - tokens.toolUse + tokens.cacheRead;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: tokens.output - tokens.reasoning,
    totalTokenCount: prompt + tokens.toolUse + tokens.output,
    cachedContentTokenCount: tokens.cacheRead,
    thoughtsTokenCount: tokens.reasoning,
    toolUsePromptTokenCount: tokens.toolUse,
  };
}

function send(response: ServerResponse, served: ServedCall, { text, calls = [] }: ContentReply): void {
  const parts = [
    ...(text === undefined ? [] : [{ text }]),
    ...calls.map(({ name, input }, i) => ({
      functionCall: { name, args: input, ...(served.toolCallIds[i] ? { id: served.toolCallIds[i] } : {}) },
    })),
  ];
  const head = { modelVersion: served.model, responseId: served.responseId };
  const whole = {
    candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: usageOf(served.tokens),
    ...head,
  };
  if (!served.streamed) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  // As the real API does: usage grows from chunk to chunk, the last one is right.
  const first = { candidates: [{ index: 0, content: { role: 'model', parts: parts.slice(0, 1) } }] };
  const early = { ...usageOf(served.tokens), candidatesTokenCount: 1 };
  response.write(`data: ${JSON.stringify({ ...first, usageMetadata: early, ...head })}\r\n\r\n`);
  const rest = { ...whole.candidates[0], content: { role: 'model', parts: parts.slice(1) } };
  const last = { ...whole, candidates: [rest] };
  response.end(`data: ${JSON.stringify(last)}\r\n\r\n`);
}
