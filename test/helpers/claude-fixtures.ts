import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hookToEvents, TRANSCRIPT_FORMATS, telemetryToEvents } from '../../otel-bridge/agents/index.ts';
import type { TranscriptContext, TranscriptState } from '../../otel-bridge/agents/transcript-format.ts';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { decodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { RecordedHook } from './hook-recorder.ts';
import type { ServedRequest } from './model-api.ts';

const ROOT = join(import.meta.dirname, '..', 'fixtures', 'claude-code');
const RECEIVED_MS = Date.parse('2026-11-21T12:00:00Z');

/** Names of the recorded scenarios (see record-claude-code.ts). */
export const CLAUDE_SCENARIOS: readonly string[] = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What the model API served in a scenario. */
export function servedRequests(scenario: string): ServedRequest[] {
  return (readJson(scenario, 'truth.json') as { requests: ServedRequest[] }).requests;
}

/** The recorded export requests of a signal as OTLP/JSON, in order; none of spans where they were off. */
export function recordedExports(scenario: string, signal: Signal): unknown[] {
  if (signal === 'traces' && !existsSync(join(ROOT, scenario, 'otlp-traces.json'))) return [];
  return readJson(scenario, `otlp-${signal}.json`) as unknown[];
}

/** The events that the bridge makes of one export request. */
export function eventsOfExport(signal: Signal, request: unknown): AgentEvent[] {
  const body = Buffer.from(JSON.stringify(request));
  return telemetryToEvents(signal, decodeRequest(signal, body, 'json'), { receivedMs: RECEIVED_MS });
}

/** All events of a scenario's log records. */
export function telemetryEvents(scenario: string): AgentEvent[] {
  return recordedExports(scenario, 'logs').flatMap((request) => eventsOfExport('logs', request));
}

/** Scenarios that were recorded with hooks. */
export const HOOK_SCENARIOS: readonly string[] = CLAUDE_SCENARIOS.filter((name) => name.startsWith('hooks'));

/** The events of a scenario's hooks, in the order in which they fired. */
export function hookEvents(scenario: string): AgentEvent[] {
  const hooks = readJson(scenario, 'hooks.json') as RecordedHook[];
  return hooks.flatMap(({ firedMs, input }, index) =>
    hookToEvents('claude-code', input, { id: `${index}`, firedMs, host: 'devbox', attributes: {} }),
  );
}

/** A transcript of a scenario. */
export interface RecordedTranscript {
  /** Relative to the folder of projects. */
  path: string;
  lines: string[];
  /** Content of its `.meta.json`. */
  companion: TranscriptContext['companion'];
}

/** All transcripts of a scenario, sorted by path. */
export function recordedTranscripts(scenario: string): RecordedTranscript[] {
  const folder = join(ROOT, scenario, 'transcript');
  return globSync('**/*.jsonl', { cwd: folder })
    .sort()
    .map((path) => {
      const [meta] = globSync(path.replace(/\.jsonl$/, '.meta.json'), { cwd: folder });
      return {
        path,
        lines: readFileSync(join(folder, path), 'utf8').trimEnd().split('\n'),
        companion: meta === undefined ? undefined : JSON.parse(readFileSync(join(folder, meta), 'utf8')),
      };
    });
}

/** A context without texts, in which `sessions` have transcripts of their own. */
export function transcriptContext(overrides: Partial<TranscriptContext> = {}): TranscriptContext {
  return {
    host: 'devbox',
    origin: 'transcript',
    privacy: { prompts: false, toolArguments: false, toolOutput: false, filePaths: true },
    path: '/home/dev/transcript.jsonl',
    repositoryOf: (cwd) => basename(cwd),
    hasSession: () => false,
    ...overrides,
  };
}

/** Reads lines of one of Claude Code's transcripts one after the other, to the end. */
export function readTranscriptLines(
  lines: readonly string[],
  context: TranscriptContext = transcriptContext(),
): AgentEvent[] {
  const [format] = TRANSCRIPT_FORMATS;
  if (format === undefined) throw new Error('No format of transcripts is known');
  let state: TranscriptState | undefined;
  const events: AgentEvent[] = [];
  for (const line of lines) {
    if (!format.mayTell(line.slice(0, 512))) continue;
    // The state is kept as JSON between two readings of a file.
    const kept = state === undefined ? undefined : (JSON.parse(JSON.stringify(state)) as TranscriptState);
    const step = format.read(JSON.parse(line), kept, context);
    events.push(...step.events);
    state = step.state;
  }
  return [...events, ...format.finish(state, context).events];
}

/** All events of a scenario's transcripts. @param order of its files, as they are read. */
export function transcriptEvents(scenario: string, order: 'oldest' | 'newest' = 'oldest'): AgentEvent[] {
  const transcripts = recordedTranscripts(scenario);
  const sessions = new Set(transcripts.map(({ path }) => basename(path, '.jsonl')));
  const inOrder = order === 'oldest' ? transcripts : transcripts.toReversed();
  return inOrder.flatMap(({ lines, companion }) =>
    readTranscriptLines(
      lines,
      transcriptContext({ companion, hasSession: (sessionId) => sessions.has(sessionId) }),
    ),
  );
}

function readJson(scenario: string, file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, scenario, file), 'utf8'));
}
