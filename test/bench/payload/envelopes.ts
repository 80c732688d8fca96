/** What hooks send: one agent session as agentmon envelopes of about 0.9 KB, with escapes and non-ASCII. */
import { type PlainBody, type Template, TIME_TEXT, token, toTemplate } from './template.ts';

/** Prompts of a session, and tool calls of each. */
const RUNS = 4;
const CALLS = 8;

/** Texts as tools give them: quotes, backslashes, newlines, other alphabets, emoji. */
const TEXTS = [
  "Error: can't resolve \"./módulo\" in 'C:\\Users\\dev\\src'\n\tat Parser.read (parser.ts:42:7)\r\n\u001b[31m✗\u001b[0m 3 tests failed",
  'Перенёс обработку ошибок в `readConfig()`; тесты проходят — 128 passed, 0 failed ✓',
  '{"path":"src/größe/überblick.ts","edits":[{"old":"\\"a\\"","new":"\\"b\\""}],"ok":true}',
  '日本語のコメントを追加しました。\nfunction 合計(値: number[]): number { return 値.reduce((a, b) => a + b, 0); }',
  'npm warn deprecated glob@7.2.3: Glob versions prior to v9 are no longer supported\n└─┬ vitest@5.1.1 — “extraneous”',
];

const MODELS = ['claude-opus-5-5', 'claude-haiku-4-5', 'gpt-6-codex'];
const TOOLS = ['Bash', 'Read', 'Edit', 'Grep', 'mcp__web__fetch'];

interface Draft {
  readonly type: string;
  readonly correlation?: Record<string, string>;
  readonly payload: Record<string, unknown>;
}

/** Envelopes of one session, with tokens for their ids, as JSON texts. */
interface SessionEnvelope {
  readonly text: string;
  readonly id: number;
}

/** Makes the envelopes of one session. @param first number of its first token */
function sessionEnvelopes(first: number): SessionEnvelope[] {
  let next = first;
  const take = (): number => next++;
  const session = token(take(), 'uuid');
  const drafts: Draft[] = [{ type: 'session.start', payload: { start_type: 'startup' } }];
  for (let run = 0; run < RUNS; run++) {
    const runId = token(take(), 'uuid');
    const within = { run_id: runId };
    drafts.push({ type: 'run.start', correlation: within, payload: { prompt_length: 240 + run } });
    for (let call = 0; call < CALLS; call++) {
      const spanId = `toolu_${token(take(), 24)}`;
      const tool = pick(TOOLS, run * CALLS + call);
      drafts.push(
        { type: 'api.request', correlation: within, payload: modelCall(token(take(), 24), run + call) },
        {
          type: 'span.start',
          correlation: { ...within, span_id: spanId },
          payload: { kind: 'tool', tool_name: tool, input_size_bytes: 900 + call * 31 },
        },
        {
          type: 'span.end',
          correlation: { ...within, span_id: spanId },
          payload: {
            kind: 'tool',
            tool_name: tool,
            status: call === 5 ? 'failure' : 'success',
            exit_code: call === 5 ? 1 : 0,
            duration_ms: 12 + call * 97,
            output_size_bytes: 2000 + call * 517,
          },
        },
      );
    }
    drafts.push({ type: 'run.end', correlation: within, payload: { status: 'success' } });
  }
  drafts.push({ type: 'session.end', payload: { reason: 'exit' } });
  return drafts.map((draft, index) => {
    const id = take();
    return { id, text: JSON.stringify(envelope(draft, session, token(id), index)) };
  });
}

function modelCall(requestId: string, variant: number): Record<string, unknown> {
  return {
    request_id: `req_${requestId}`,
    model: pick(MODELS, variant),
    input_tokens: 3 + variant,
    output_tokens: 210 + variant * 13,
    cache_read_tokens: 18_000 + variant * 700,
    cache_creation_tokens: 350,
    cost_usd: 0.012345,
    duration_ms: 2300 + variant * 40,
    query_source: 'main',
  };
}

function envelope({ type, correlation, payload }: Draft, session: string, id: string, seq: number): object {
  const about = {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id,
      type,
      ts: TIME_TEXT,
      seq,
      source: { framework: 'openclaw', client_id: 'büro-laptop', host: 'build-7.example' },
    },
    correlation: { session_id: session, ...correlation },
    attributes: {
      project: 'acme/shop.web',
      agent: 'dev',
      cwd: '/home/dev/projekte/größe',
      branch: 'feature/"quoted"',
      repository: 'acme/shop.web',
      agent_version: '4.11.0',
    },
    payload: { ...payload, notes: '' },
  };
  return { ...about, payload: { ...about.payload, notes: notes(seq, 0.9 * 1024 - byteLength(about)) } };
}

/** Text of that many bytes as JSON, cut from `TEXTS`, different for every variant. */
function notes(variant: number, sizeBytes: number): string {
  let text = '';
  for (let at = variant; byteLength(text) < sizeBytes; at++) text += `${at} ${pick(TEXTS, at)} `;
  while (byteLength(text) > sizeBytes && text !== '') text = text.slice(0, -1);
  return text.toWellFormed();
}

function byteLength(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function pick<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}

/** One in a hundred envelopes has no id: it is rejected, its neighbours are not. */
const INVALID = JSON.stringify({ schema: { name: 'agentmon.event', version: 1 }, event: { type: 'prompt' } });

/** One envelope a request; every hundredth or so cannot be taken. */
export function singleEnvelopes(): Template {
  const bodies: PlainBody[] = sessionEnvelopes(1).map(({ text, id }) => ({
    body: Buffer.from(text),
    items: 1,
    ids: [id],
  }));
  return toTemplate('application/json', [...bodies, { body: Buffer.from(INVALID), items: 0 }]);
}

/** That many envelopes a request, of several sessions one after the other. */
export function envelopeBatches(perRequest: number): Template {
  const envelopes: SessionEnvelope[] = [];
  for (let session = 0; session < 10; session++) {
    const first = (envelopes.at(-1)?.id ?? 0) + 1;
    envelopes.push(...sessionEnvelopes(first));
  }
  const bodies: PlainBody[] = [];
  for (let at = 0; at + perRequest <= envelopes.length; at += perRequest) {
    const part = envelopes.slice(at, at + perRequest);
    const texts = part.map(({ text }) => text);
    if (perRequest >= 100) texts.splice(perRequest / 2, 0, INVALID);
    bodies.push({
      body: Buffer.from(`[${texts.join(',')}]`),
      items: part.length,
      ids: part.map(({ id }) => id),
    });
  }
  return toTemplate('application/json', bodies);
}

/** Envelopes as senders write them, for references: time and tokens are filled as the generator would. */
export function plainEnvelopes(): string[] {
  return sessionEnvelopes(1).map(({ text }) =>
    text
      .replaceAll(/~(\d{6})~[~-]*/g, (place, number: string) =>
        place.replaceAll('~', '0').replace(/^0{8}|^.{8}/, number.padStart(8, 'a')),
      )
      .replace(TIME_TEXT, new Date().toISOString()),
  );
}
