import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codexTranscripts } from '../../otel-bridge/agents/codex/transcript.ts';
import { hookToEvents, telemetryToEvents } from '../../otel-bridge/agents/index.ts';
import type { TranscriptContext, TranscriptState } from '../../otel-bridge/agents/transcript-format.ts';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { decodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { RecordedHook } from './hook-recorder.ts';
import type { CodexCall } from './responses-api.ts';

const ROOT = join(import.meta.dirname, '..', 'fixtures', 'codex');
const RECEIVED_MS = Date.parse('2026-11-21T16:00:00Z');

/** Names of the recorded scenarios (see record-codex.ts). */
export const CODEX_SCENARIOS: readonly string[] = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** What the model API served in a scenario. */
export function servedCalls(scenario: string): CodexCall[] {
  const { calls } = readJson(scenario, 'truth.json') as { calls: CodexCall[] };
  // Recorded before these were told.
  return calls.map((call) => ({ ...{ nestedNames: [], prompted: true }, ...call }));
}

/** The recorded export requests of a signal, decoded. */
export function recordedRequests(scenario: string, signal: Signal) {
  const requests = readJson(scenario, `otlp-${signal}.json`) as unknown[];
  return requests.map((request) => decodeRequest(signal, Buffer.from(JSON.stringify(request)), 'json'));
}

/** All events of a scenario's log records. */
export function codexTelemetryEvents(scenario: string): AgentEvent[] {
  return recordedRequests(scenario, 'logs').flatMap((request) =>
    telemetryToEvents('logs', request, { receivedMs: RECEIVED_MS }),
  );
}

/** Scenarios that were recorded with hooks. */
export const CODEX_HOOK_SCENARIOS: readonly string[] = CODEX_SCENARIOS.filter((name) => name === 'hooks');

/** The events of a scenario's hooks, in the order in which they fired. */
export function codexHookEvents(scenario: string): AgentEvent[] {
  const hooks = readJson(scenario, 'hooks.json') as RecordedHook[];
  return hooks.flatMap(({ firedMs, input }, index) =>
    hookToEvents('codex', input, { id: `${index}`, firedMs, host: 'devbox', attributes: {} }),
  );
}

/** The lines of a scenario's transcripts, file by file. */
export function codexRollouts(scenario: string): string[][] {
  const folder = join(ROOT, scenario, 'rollouts');
  return globSync('**/*.jsonl', { cwd: folder })
    .sort()
    .map((path) => readFileSync(join(folder, path), 'utf8').trimEnd().split('\n'));
}

/** All events of a scenario's transcripts. */
export function codexTranscriptEvents(
  scenario: string,
  overrides: Partial<TranscriptContext> = {},
): AgentEvent[] {
  return codexRollouts(scenario).flatMap((lines) => readCodexLines(lines, overrides));
}

/** Reads lines of one transcript one after the other, to the end. */
export function readCodexLines(
  lines: readonly string[],
  overrides: Partial<TranscriptContext> = {},
): AgentEvent[] {
  const context: TranscriptContext = {
    host: 'devbox',
    origin: 'transcript',
    privacy: { prompts: false, toolArguments: false, toolOutput: false, filePaths: true },
    path: '/home/dev/rollout.jsonl',
    repositoryOf: (cwd) => basename(cwd),
    hasSession: () => false,
    ...overrides,
  };
  let state: TranscriptState | undefined;
  return lines.flatMap((line) => {
    if (!codexTranscripts.mayTell(line.slice(0, 512))) return [];
    // The state is kept as JSON between two readings of a file.
    const kept = state === undefined ? undefined : (JSON.parse(JSON.stringify(state)) as TranscriptState);
    const step = codexTranscripts.read(JSON.parse(line), kept, context);
    state = step.state;
    return [...step.events];
  });
}

function readJson(scenario: string, file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, scenario, file), 'utf8'));
}
