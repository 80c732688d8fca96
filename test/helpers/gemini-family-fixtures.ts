import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { geminiCliTranscripts } from '../../otel-bridge/agents/gemini-cli/transcript.ts';
import { telemetryToEvents } from '../../otel-bridge/agents/index.ts';
import { qwenCodeTranscripts } from '../../otel-bridge/agents/qwen-code/transcript.ts';
import type {
  TranscriptContext,
  TranscriptFormat,
  TranscriptState,
} from '../../otel-bridge/agents/transcript-format.ts';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { decodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { ServedCall } from './served-call.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures');
const RECEIVED_MS = Date.parse('2026-11-21T16:00:00Z');
const FORMATS = { 'gemini-cli': geminiCliTranscripts, 'qwen-code': qwenCodeTranscripts };

/** One of the two agents. */
export type FamilyAgent = keyof typeof FORMATS;

/** Names of the recorded scenarios (see record-gemini-family.ts). */
export function familyScenarios(agent: FamilyAgent): string[] {
  return readdirSync(join(FIXTURES, agent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** What the model API served in a scenario. */
export function familyCalls(agent: FamilyAgent, scenario: string): ServedCall[] {
  const truth = readFileSync(join(FIXTURES, agent, scenario, 'truth.json'), 'utf8');
  return (JSON.parse(truth) as { calls: ServedCall[] }).calls;
}

/** The recorded export requests of a signal, decoded; none where the agent sent none. */
export function familyRequests(agent: FamilyAgent, scenario: string, signal: Signal) {
  const [file] = globSync(join(FIXTURES, agent, scenario, `otlp-${signal}.json`));
  const requests = file === undefined ? [] : (JSON.parse(readFileSync(file, 'utf8')) as unknown[]);
  return requests.map((request) => decodeRequest(signal, Buffer.from(JSON.stringify(request)), 'json'));
}

/** All events of a scenario's log records. */
export function familyTelemetryEvents(agent: FamilyAgent, scenario: string): AgentEvent[] {
  return familyRequests(agent, scenario, 'logs').flatMap((request) =>
    telemetryToEvents('logs', request, { receivedMs: RECEIVED_MS }),
  );
}

/** All events of a scenario's transcripts. */
export function familyTranscriptEvents(
  agent: FamilyAgent,
  scenario: string,
  overrides: Partial<TranscriptContext> = {},
): AgentEvent[] {
  const folder = join(FIXTURES, agent, scenario, 'transcript');
  const format = FORMATS[agent];
  return globSync('**/*.jsonl', { cwd: folder })
    .filter((path) => format.isTranscript(path))
    .sort()
    .flatMap((path) => {
      const lines = readFileSync(join(folder, path), 'utf8').trimEnd().split('\n');
      return readTranscriptLines(format, lines, { path: join(folder, path), ...overrides });
    });
}

/** Reads lines of one transcript one after the other, to the end. */
export function readTranscriptLines(
  format: TranscriptFormat,
  lines: readonly string[],
  overrides: Partial<TranscriptContext> = {},
): AgentEvent[] {
  const context: TranscriptContext = {
    host: 'laptop',
    origin: 'transcript',
    privacy: { prompts: false, toolArguments: false, toolOutput: false, filePaths: true },
    path: '/home/dev/transcript.jsonl',
    repositoryOf: (cwd) => basename(cwd),
    hasSession: () => false,
    ...overrides,
  };
  let state: TranscriptState | undefined;
  const events = lines.flatMap((line) => {
    if (!format.mayTell(line.slice(0, 512))) return [];
    // The state is kept as JSON between two readings of a file.
    const kept = state === undefined ? undefined : (JSON.parse(JSON.stringify(state)) as TranscriptState);
    const step = format.read(JSON.parse(line), kept, context);
    state = step.state;
    return [...step.events];
  });
  return [...events, ...format.finish(state, context).events];
}
