import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { mintToken } from '../../cli/tokens/mint-token.ts';
import { claudeCodeTranscripts } from '../../otel-bridge/agents/claude-code/transcript.ts';
import { telemetryToEvents } from '../../otel-bridge/agents/index.ts';
import { errorCode } from '../../otel-bridge/domain/error.ts';
import type { AppendRequest, AppendStatus } from '../../otel-bridge/domain/journal.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../otel-bridge/journal/sqlite/event-row.ts';
import {
  decodeError,
  decodeParts,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../otel-bridge/otlp/codec.ts';
import type { OtlpEncoding } from '../../otel-bridge/otlp/types.ts';
import { createRedactor } from '../../otel-bridge/privacy/redactor.ts';
import { createEnvelopeIntake } from '../../otel-bridge/sources/envelope/envelope-intake.ts';
import { type BatchFormat, parseBatch } from '../../otel-bridge/sources/envelope/parse-batch.ts';
import { createHostPolicy } from '../../otel-bridge/sources/http/host-policy.ts';
import { createExportReceiver } from '../../otel-bridge/sources/otlp/export-receiver.ts';
import { findToken } from '../../otel-bridge/sources/tokens/find-token.ts';
import { createTokenVerifier } from '../../otel-bridge/sources/tokens/verify-token.ts';
import { createJsonMutator, createMutator, type Mutator } from '../helpers/mutate.ts';

/** Inputs of all decoders together: some seconds of them, or as many as one wants. */
const INPUTS = Number(
  process.env.AGENT_MONITOR_FUZZ_INPUTS ??
    (process.env.AGENT_MONITOR_TEST_LONG === '1' ? 50_000_000 : 60_000),
);
const SEED = Number(process.env.AGENT_MONITOR_FUZZ_SEED ?? 1);
/** No input may keep the others waiting for longer. */
const LIMIT_MS = 50;
/** What may be left on the heap after all inputs: caches of known keys and the like. */
const HEAP_GROWTH_BYTES = 40 * 1024 * 1024;
const EXPECTED_ERRORS = ['invalid', 'too_large', 'unsupported'];

const FIXTURES = join(import.meta.dirname, '../fixtures/claude-code');
const SECRET = 'a-secret-of-the-tests-32-bytes-long';
const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

const redactor = createRedactor(
  {
    prompts: true,
    responses: true,
    tool_arguments: true,
    tool_output: true,
    file_paths: true,
    redact: ['defaults'],
  },
  false,
);
/** Takes everything as far as the database. */
const journal = {
  append: async ({ events }: AppendRequest): Promise<AppendStatus[]> => {
    for (const event of events) eventRow(event, NOW_MS);
    return events.map((): AppendStatus => 'stored');
  },
};
const receiver = createExportReceiver({
  journal,
  redactor,
  toEvents: (request, context) => telemetryToEvents(context.signal, request, context),
});
const intake = createEnvelopeIntake({ journal, redact: redactor.event });

/** Requests of real agents, cut to a few records each. */
function requestsOf(signal: Signal): object[] {
  return globSync(`*/otlp-${signal}.json`, { cwd: FIXTURES })
    .flatMap((file) => JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as object[])
    .map((request) => shorten(request, 4) as object)
    .slice(0, 60);
}

/** The same with no list longer than that, the ones of attributes aside. */
function shorten(value: unknown, limit: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const isAttributes = value.some((item) => typeof item === 'object' && item !== null && 'key' in item);
    return (isAttributes ? value : value.slice(0, limit)).map((item) => shorten(item, limit));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item, limit)]));
}

interface Decoder {
  readonly name: string;
  /** Inputs that it takes. */
  readonly whole: readonly Buffer[];
  /** True where an input is one JSON document: half of the damage is done to its values then. */
  readonly isJson?: boolean;
  decode(input: Buffer): unknown;
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function otlpDecoder(signal: Signal, encoding: OtlpEncoding): Decoder {
  const whole = requestsOf(signal).map((request) =>
    encoding === 'json'
      ? json(request)
      : Buffer.from(encodeRequest(signal, decodeRequest(signal, json(request), 'json'))),
  );
  return {
    name: `OTLP ${signal} in ${encoding}`,
    whole,
    isJson: encoding === 'json',
    decode: (input) =>
      receiver.receive(decodeParts(signal, input, encoding), {
        signal,
        claims: undefined,
        receivedMs: NOW_MS,
        peerHost: undefined,
      }),
  };
}

const envelopes = ['session.start', 'run.end', 'span.end', 'metric.snapshot', 'error', 'made.up'].map(
  (type, index) => ({
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `event-${index}`,
      type,
      ts: index % 2 === 0 ? '2026-11-21T10:00:00.123456789+01:00' : NOW_MS,
      seq: index,
      source: { framework: 'openclaw', client_id: 'zap', host: 'box' },
    },
    correlation: {
      session_id: 's-1',
      run_id: 'r-1',
      span_id: null,
      trace_id: '0af7651916cd43dd8448eb211c80319c',
    },
    attributes: {
      project: 'demo',
      tool_name: 'exec',
      command: 'curl -H "Authorization: Bearer abc" https://a:b@c',
    },
    payload: {
      usage: { input_tokens: 10, total_cost: 0.5 },
      result: '{"key":"value","list":[1,2,{"password":"x"}]}',
    },
  }),
);

function envelopeDecoder(format: BatchFormat): Decoder {
  return {
    name: `envelopes as ${format}`,
    isJson: format === 'json',
    whole:
      format === 'json'
        ? [json(envelopes), ...envelopes.map(json)]
        : [Buffer.from(envelopes.map((envelope) => JSON.stringify(envelope)).join('\n'))],
    decode: (input) => intake.take(parseBatch(input, format), undefined),
  };
}

function transcriptDecoder(): Decoder {
  const lines = globSync('*/transcript/**/*.jsonl', { cwd: FIXTURES })
    .flatMap((file) => readFileSync(join(FIXTURES, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .slice(0, 200);
  const context = {
    host: 'box',
    origin: 'transcript',
    privacy: { prompts: true, toolArguments: true, toolOutput: true, filePaths: true },
    path: '/home/dev/transcript.jsonl',
    repositoryOf: () => undefined,
    hasSession: () => false,
  } as const;
  return {
    name: 'lines of transcripts',
    isJson: true,
    whole: lines.map((line) => Buffer.from(line)),
    decode(input) {
      const line = parseOr(input.toString(), null);
      const step = claudeCodeTranscripts.read(line, undefined, context);
      const end = claudeCodeTranscripts.finish(step.state, context);
      return intake.take([], undefined).then(() => [...step.events, ...end.events].map(redactor.event));
    },
  };
}

/** What followers do: a line that is not JSON is none. */
function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

function answerDecoder(encoding: OtlpEncoding): Decoder {
  const answers = [
    { rejected: 3, message: 'too old' },
    { rejected: 0, message: '' },
  ];
  return {
    name: `answers of targets in ${encoding}`,
    whole: answers.map((answer) => Buffer.from(encodeResponse('logs', answer, encoding))),
    decode(input) {
      attempt(() => decodeResponse('logs', input, encoding));
      attempt(() => decodeError(input, encoding));
    },
  };
}

function headerDecoder(): Decoder {
  const verify = createTokenVerifier(SECRET);
  const hosts = createHostPolicy(['localhost', '::1']);
  const token = mintToken(SECRET, { scope: 'ingest', project: 'demo' });
  return {
    name: 'headers',
    whole: [
      'localhost:8080',
      '[::1]:80',
      'http://localhost',
      `Bearer ${token}`,
      `Bearer%20${token}`,
      token,
    ].map((text) => Buffer.from(text)),
    decode(input) {
      const text = input.toString('latin1');
      hosts.isKnownHost(text);
      hosts.isKnownOrigin(text);
      const found = findToken(
        { authorization: text, cookie: text, 'x-agent-monitor-token': text },
        { cookie: true },
      );
      return verify(found ?? text);
    },
  };
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    expect(EXPECTED_ERRORS).toContain(errorCode(error));
    return null;
  }
}

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];
const DECODERS: readonly Decoder[] = [
  ...SIGNALS.flatMap((signal) => [otlpDecoder(signal, 'protobuf'), otlpDecoder(signal, 'json')]),
  envelopeDecoder('json'),
  envelopeDecoder('lines'),
  transcriptDecoder(),
  answerDecoder('protobuf'),
  answerDecoder('json'),
  headerDecoder(),
];

/** How long a decoder computes for an input, ms: a busy machine does not count. Anything but a result or an error that says invalid fails. */
async function timeOf({ name, decode }: Decoder, input: Buffer): Promise<number> {
  const began = process.cpuUsage();
  try {
    await decode(input);
  } catch (error) {
    if (!EXPECTED_ERRORS.includes(errorCode(error))) {
      throw new Error(`${name} fails with input (base64) ${input.toString('base64')}`, { cause: error });
    }
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** Other long texts than the ones before: what the redactor remembers must not make a second attempt quick. */
function forget(): void {
  for (let turn = 0; turn < 16; turn += 1) redactor.text(`${turn} ${'x'.repeat(1024)}`);
}

/** The same, where a slow one is tried again: it may have been time to collect garbage. */
async function surelyTimeOf(decoder: Decoder, input: Buffer): Promise<number> {
  let bestMs = await timeOf(decoder, input);
  for (let again = 0; again < 3 && bestMs > LIMIT_MS; again += 1) {
    forget();
    bestMs = Math.min(bestMs, await timeOf(decoder, input));
  }
  return bestMs;
}

/** Damages bytes, and values where there are some, in turn. */
function damage({ whole, isJson = false }: Decoder): Mutator {
  const bytes = createMutator(whole, SEED);
  if (!isJson) return bytes;
  const values = createJsonMutator(
    whole.map((input) => JSON.parse(input.toString())),
    SEED,
  );
  let turn = 0;
  return { next: () => (turn++ % 2 === 0 ? bytes : values).next() };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe.each(DECODERS)('$name', (decoder) => {
  const inputs = Math.ceil(INPUTS / DECODERS.length);

  test('takes the inputs that are damaged here', async () => {
    expect(decoder.whole.length).toBeGreaterThan(0);
    for (const input of decoder.whole) await decoder.decode(input);
  });

  test(
    `survives ${inputs} damaged inputs, each in ${LIMIT_MS} ms, and keeps nothing of them`,
    async () => {
      const mutator = damage(decoder);
      for (let count = 0; count < 100; count += 1) await timeOf(decoder, mutator.next());
      const before = heapBytes();
      for (let count = 0; count < inputs; count += 1) {
        const input = mutator.next();
        const tookMs = await surelyTimeOf(decoder, input);
        if (tookMs > LIMIT_MS) {
          throw new Error(
            `${decoder.name} takes ${tookMs} ms for input (base64) ${input.toString('base64')}`,
          );
        }
      }
      expect(heapBytes() - before).toBeLessThan(HEAP_GROWTH_BYTES);
    },
    60_000 + INPUTS,
  );
});
