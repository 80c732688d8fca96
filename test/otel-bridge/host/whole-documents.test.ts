import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TRANSCRIPT_FORMATS } from '../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import {
  startTranscriptFollower,
  type TranscriptFollowerOptions,
} from '../../../otel-bridge/host/transcript-follower.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { TranscriptHome } from '../../helpers/transcript-home.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

let place: TranscriptHome;
let log: RecordingLog;
let events: AgentEvent[];
let document: string;
beforeEach(() => {
  place = new TranscriptHome();
  log = new RecordingLog();
  events = [];
  document = join(place.home, '.gemini/tmp/demo/chats/session-2026-01-02T03-04-abcdef01.json');
  mkdirSync(dirname(document), { recursive: true });
});
afterEach(() => place[Symbol.dispose]());

function start(overrides: Partial<TranscriptFollowerOptions> = {}) {
  return startTranscriptFollower({
    homes: [place.home],
    formats: TRANSCRIPT_FORMATS,
    importDays: 30,
    sink: async (batch) => {
      events.push(...batch);
    },
    stateFile: place.stateFile,
    privacy: { prompts: false, toolArguments: false, toolOutput: false, filePaths: true },
    hostname: 'devbox',
    log,
    pollIntervalMs: 20,
    ...overrides,
  });
}

async function readOnce(overrides: Partial<TranscriptFollowerOptions> = {}): Promise<void> {
  await using follower = start({ follow: false, ...overrides });
  await follower.imported;
}

/** A transcript as Gemini CLI wrote it before it wrote lines, with that many answers. */
function write(answers: number): void {
  const timestamp = new Date().toISOString();
  const tokens = { input: 10, output: 5, cached: 0, thoughts: 0, tool: 0, total: 15 };
  const messages = Array.from({ length: answers }, (_, i) => [
    { id: `u${i}`, timestamp, type: 'user', content: 'hello' },
    { id: `a${i}`, timestamp, type: 'gemini', content: 'hi', model: 'gemini-2.5-pro', tokens },
  ]).flat();
  const header = { sessionId: 's1', projectHash: 'h', startTime: timestamp, lastUpdated: timestamp };
  writeFileSync(document, JSON.stringify({ ...header, messages }, null, 2));
}

function types(): string[] {
  return [...new Map(events.map((event) => [event.id, event.type])).values()];
}

describe('a transcript that is one document', () => {
  it('is read, and read again when it is written anew, each event with the id it had', async () => {
    write(1);
    await using _follower = start();
    await waitUntil(types, (told) => told.length === 3);
    write(2);
    await waitUntil(types, (told) => told.length === 5);
    expect(types()).toEqual(['session.start', 'prompt', 'api.request', 'prompt', 'api.request']);
  });

  it('is not read again as long as it stays as it is', async () => {
    write(1);
    await readOnce();
    events = [];
    await readOnce();
    expect(events).toEqual([]);
  });

  it('is left alone while it is being written, and said so', async () => {
    writeFileSync(document, '{"sessionId":"s1","messages":[');
    await readOnce();
    expect(events).toEqual([]);
    expect(log.messages('warn').join()).toContain('not JSON');
    write(1);
    await readOnce();
    expect(types()).toEqual(['session.start', 'prompt', 'api.request']);
  });

  it('can be imported by its path', async () => {
    write(1);
    await readOnce({ path: document, origin: 'import', stateFile: null });
    expect(types()).toEqual(['session.start', 'prompt', 'api.request']);
    expect(events.every(({ source }) => source.framework === 'gemini-cli')).toBe(true);
  });
});

describe('a transcript that is imported by its path', () => {
  it('is read by the agent in whose folder it lies, and by no other', async () => {
    const path = join(place.home, '.qwen/projects/-demo/chats/s1.jsonl');
    mkdirSync(dirname(path), { recursive: true });
    const line = {
      uuid: 'u1',
      sessionId: 's1',
      timestamp: new Date().toISOString(),
      type: 'user',
      cwd: '/home/dev/demo',
      message: { role: 'user', parts: [{ text: 'hello' }] },
    };
    writeFileSync(path, `${JSON.stringify(line)}\n`);
    await readOnce({ path, origin: 'import', stateFile: null });
    expect(events.map(({ source, type }) => `${source.framework} ${type}`)).toEqual([
      'qwen-code session.start',
    ]);
  });
});
