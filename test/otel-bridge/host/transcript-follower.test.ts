import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TRANSCRIPT_FORMATS } from '../../../otel-bridge/agents/index.ts';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import {
  startTranscriptFollower,
  type TranscriptFollower,
  type TranscriptFollowerOptions,
} from '../../../otel-bridge/host/transcript-follower.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { TranscriptHome, turnLines } from '../../helpers/transcript-home.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

const DAY_MS = 86_400_000;

let place: TranscriptHome;
let log: RecordingLog;
let events: AgentEvent[];
let followers: TranscriptFollower[];
beforeEach(() => {
  place = new TranscriptHome();
  log = new RecordingLog();
  events = [];
  followers = [];
});
afterEach(async () => {
  for (const follower of followers) await follower.close();
  place[Symbol.dispose]();
});

function start(overrides: Partial<TranscriptFollowerOptions> = {}): TranscriptFollower {
  const follower = startTranscriptFollower({
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
  followers.push(follower);
  return follower;
}

async function readOnce(overrides: Partial<TranscriptFollowerOptions> = {}): Promise<AgentEvent[]> {
  events = [];
  const follower = start({ follow: false, ...overrides });
  await follower.imported;
  await follower.close();
  return events;
}

const calls = () =>
  events.filter(({ type }) => type === 'api.request').map(({ payload }) => payload.request_id);
const sessionsOf = (list: readonly AgentEvent[]) => [
  ...new Set(list.map(({ correlation }) => correlation.sessionId)),
];
const append = (path: string, lines: readonly string[]) =>
  appendFileSync(path, lines.map((line) => `${line}\n`).join(''));
const requestIds = (lines: readonly string[]) =>
  lines.flatMap((line) => (JSON.parse(line) as { requestId?: string }).requestId ?? []);

describe('startTranscriptFollower()', () => {
  it('reads what is there, each file in order and the newest file first', async () => {
    const old = place.write('old', [...turnLines('old'), ...turnLines('old')]);
    utimesSync(old, new Date(), new Date(Date.now() - 3 * DAY_MS));
    place.write('new', turnLines('new'), '-other');
    const read = await readOnce();
    expect(sessionsOf(read)).toEqual(['new', 'old']);
    const types = read.filter(({ correlation }) => correlation.sessionId === 'old').map(({ type }) => type);
    expect(types).toEqual(['session.start', 'prompt', 'api.request', 'prompt', 'api.request']);
    expect(followers[0]?.progress()).toMatchObject({
      state: 'done',
      files_total: 2,
      files_done: 2,
      events: 8,
      sessions: 2,
    });
  });

  it('tells of new lines at once, and waits for the rest of a half-written one', async () => {
    const path = place.write('s1', turnLines('s1'));
    const follower = start();
    await follower.imported;
    expect(calls()).toHaveLength(1);
    const more = turnLines('s1');
    const text = more.map((line) => `${line}\n`).join('');
    appendFileSync(path, text.slice(0, -20));
    await sleep(100);
    expect(calls()).toHaveLength(1);
    appendFileSync(path, text.slice(-20));
    await waitUntil(() => calls().length === 2, Boolean);
    expect(calls()[1]).toBe(requestIds(more)[0]);
  });

  it('finds homes, projects, sessions and sub-agents that appear later', async () => {
    const follower = start();
    await follower.imported;
    expect(follower.progress()).toMatchObject({ state: 'following', files_total: 0, oldest: null });
    place.write('s1', turnLines('s1'));
    await waitUntil(() => calls().length === 1, Boolean);
    place.write('s2', turnLines('s2'), '-other');
    await waitUntil(() => calls().length === 2, Boolean);
    const agent = join(dirname(place.path('s2', '-other')), 's2', 'subagents', 'agent-a1.jsonl');
    mkdirSync(dirname(agent), { recursive: true });
    writeFileSync(
      agent.replace('.jsonl', '.meta.json'),
      JSON.stringify({ agentType: 'Explore', toolUseId: 'toolu_9' }),
    );
    const lines = turnLines('s2').map((line) =>
      JSON.stringify({ ...JSON.parse(line), isSidechain: true, agentId: 'a1' }),
    );
    append(agent, lines);
    await waitUntil(() => calls().length === 3, Boolean);
    expect(events.at(-1)).toMatchObject({
      correlation: { sessionId: 's2', parentSpanId: 'toolu_9' },
      payload: { query_source: 'subagent', subagent: 'Explore' },
    });
  });

  it('goes on where an earlier process stopped, with what it remembered', async () => {
    const [said = '', answered = ''] = turnLines('s1');
    const call = JSON.parse(answered) as { message: { content: object[] } };
    call.message.content = [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }];
    const path = place.write('s1', [said, JSON.stringify(call)]);
    await readOnce();
    const content = [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }];
    append(path, [
      JSON.stringify({ ...JSON.parse(said), uuid: 'result', promptSource: undefined, message: { content } }),
    ]);
    const read = await readOnce();
    expect(read.map(({ type, payload }) => [type, payload.tool_name])).toEqual([['span.end', 'Bash']]);
    expect(await readOnce()).toEqual([]);
  });

  it('reads a file that was truncated or written anew from its start', async () => {
    const path = place.write('s1', [...turnLines('s1'), ...turnLines('s1')]);
    await readOnce();
    truncateSync(path, 0);
    const shorter = turnLines('s1');
    append(path, shorter);
    await readOnce();
    expect(calls()).toEqual(requestIds(shorter));
    const longer = [...turnLines('s1'), ...turnLines('s1'), ...turnLines('s1')];
    const other = `${path}.new`;
    writeFileSync(other, `${longer.join('\n')}\n`);
    renameSync(other, path);
    await readOnce();
    expect(calls()).toEqual(requestIds(longer));
  });

  it('knows a file that was moved', async () => {
    const path = place.write('s1', turnLines('s1'));
    await readOnce();
    const moved = place.path('s1', '-moved');
    mkdirSync(dirname(moved), { recursive: true });
    renameSync(path, moved);
    const more = turnLines('s1');
    append(moved, more);
    await readOnce();
    expect(calls()).toEqual(requestIds(more));
  });

  it('delivers everything once the sink works again, and keeps no position before that', async () => {
    place.write('s1', turnLines('s1'));
    let failures = 2;
    const follower = start({
      sink: async (batch) => {
        failures -= 1;
        if (failures >= 0) throw new Error('bridge is away');
        events.push(...batch);
      },
    });
    await waitUntil(() => log.messages('warn').length > 0, Boolean);
    expect(() => readFileSync(place.stateFile)).toThrow();
    expect(follower.progress()).toMatchObject({ state: 'importing', events: 0 });
    await follower.imported;
    expect(calls()).toHaveLength(1);
    expect(log.messages('warn')[0]).toContain('bridge is away');
    await follower.close();
    expect(JSON.parse(readFileSync(place.stateFile, 'utf8')).files).toHaveProperty([place.path('s1')]);
  });

  it('tells again what was not acknowledged when it was stopped', async () => {
    place.write('s1', turnLines('s1'));
    const stuck = start({ sink: () => Promise.reject(new Error('away')) });
    await waitUntil(() => log.messages('warn').length > 0, Boolean);
    await stuck.close();
    expect(stuck.progress().state).toBe('stopped');
    await readOnce();
    expect(calls()).toHaveLength(1);
  });

  it('skips lines that are no JSON and says so once per file', async () => {
    place.write('s1', ['{"half', ...turnLines('s1'), 'not json', '', '[1]', 'null', '"text"']);
    await readOnce();
    expect(calls()).toHaveLength(1);
    expect(log.messages('warn')).toEqual([`Skipped 2 lines of "${place.path('s1')}" that are not JSON`]);
  });

  it('leaves out files and lines that are older than wanted, now and after a restart', async () => {
    const old = place.write('old', turnLines('old', new Date(Date.now() - 40 * DAY_MS)));
    utimesSync(old, new Date(), new Date(Date.now() - 40 * DAY_MS));
    const recent = turnLines('both');
    const path = place.write('both', [...turnLines('both', new Date(Date.now() - 40 * DAY_MS)), ...recent]);
    await readOnce();
    expect(calls()).toEqual(requestIds(recent));
    expect(followers[0]?.progress().files_total).toBe(1);
    // Longer away than the import reaches back: what was written meanwhile is no import.
    const away = turnLines('both', new Date(Date.now() + DAY_MS));
    append(path, away);
    await readOnce({ clock: () => Date.now() + 60 * DAY_MS });
    expect(calls()).toEqual(requestIds(away));
  });

  it('reads further back when more is asked for', async () => {
    const lines = turnLines('s1', new Date(Date.now() - 40 * DAY_MS));
    place.write('s1', lines);
    await readOnce();
    expect(calls()).toEqual([]);
    await readOnce({ importDays: null });
    expect(calls()).toEqual(requestIds(lines));
  });

  it('imports nothing where it may not, but follows', async () => {
    const path = place.write('s1', turnLines('s1', new Date(Date.now() - 60_000)));
    const follower = start({ importDays: 0 });
    await follower.imported;
    expect(events).toEqual([]);
    const more = turnLines('s1', new Date(Date.now() + 1000));
    append(path, more);
    await waitUntil(() => calls().length === 1, Boolean);
    expect(calls()).toEqual(requestIds(more));
  });

  it('takes a folder that holds projects for a home, and a transcript for itself', async () => {
    place.write('s1', turnLines('s1'));
    const path = place.write('s2', turnLines('s2'));
    await readOnce({ homes: [join(place.home, '.claude')], stateFile: null });
    expect(sessionsOf(events).toSorted()).toEqual(['s1', 's2']);
    await readOnce({ homes: [], path, importDays: null, stateFile: null, origin: 'import' });
    expect(sessionsOf(events)).toEqual(['s2']);
    expect(events[0]?.origin).toBe('import');
    await readOnce({ homes: [], path: dirname(path), importDays: null, stateFile: null });
    expect(sessionsOf(events).toSorted()).toEqual(['s1', 's2']);
  });

  it('fails for a path where nothing is', async () => {
    const follower = start({ follow: false, path: join(place.home, 'nothing') });
    await expect(follower.imported).rejects.toThrow(/there is no such file or folder/);
  });

  it('follows no symlink that leads out of the homes', async () => {
    const outside = join(place.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret.jsonl'), `${turnLines('secret').join('\n')}\n`);
    place.write('s1', turnLines('s1'));
    symlinkSync(outside, join(dirname(dirname(place.path('s1'))), '-linked'));
    symlinkSync(join(outside, 'secret.jsonl'), place.path('linked'));
    await readOnce();
    expect(sessionsOf(events)).toEqual(['s1']);

    const linkedHome = join(place.folder, 'linked-home');
    mkdirSync(linkedHome);
    symlinkSync(join(place.home, '.claude'), join(linkedHome, '.claude'));
    await readOnce({ homes: [linkedHome], stateFile: null });
    expect(events).toEqual([]);
    expect(log.messages('warn')[0]).toMatch(/outside of every home/);
    await readOnce({ homes: [linkedHome, place.home], stateFile: null });
    expect(sessionsOf(events)).toEqual(['s1']);
  });

  it('leaves a file that cannot be read until it changes, and reads the others', async () => {
    place.write('s1', turnLines('s1'));
    const path = place.write('gone', turnLines('gone'));
    const follower = start({
      sink: async (batch) => {
        // Whichever comes first: the other one is taken away before it is read.
        if (events.length === 0) rmSync(path);
        events.push(...batch);
      },
    });
    await follower.imported;
    expect(sessionsOf(events)).toContain('s1');
  });

  it('reads damaged state as none', async () => {
    place.write('s1', turnLines('s1'));
    await readOnce();
    writeFileSync(place.stateFile, '{"version":1,"files":7}');
    await readOnce();
    expect(calls()).toHaveLength(1);
    expect(log.messages('warn')[0]).toMatch(/it is damaged/);
  });

  it('imports 2,000 files and then notices a change in any of them', async () => {
    const before = new Date(Date.now() - DAY_MS);
    for (let index = 0; index < 2000; index++) {
      const path = place.write(`s${index}`, turnLines(`s${index}`, before), `-project-${index % 40}`);
      utimesSync(path, before, before);
    }
    const sizes: number[] = [];
    const follower = start({
      sink: async (batch) => {
        sizes.push(batch.length);
        events.push(...batch);
      },
    });
    await follower.imported;
    expect(follower.progress()).toMatchObject({
      files_total: 2000,
      files_done: 2000,
      sessions: 2000,
      events: 6000,
    });
    // Many small files go in few batches.
    expect(sizes.length).toBeLessThan(20);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    events = [];
    const more = turnLines('s1234');
    append(place.path('s1234', '-project-34'), more);
    await waitUntil(() => calls().length === 1, Boolean);
    expect(calls()).toEqual(requestIds(more));
  }, 30_000);

  it('gives the same events however a file is written bit by bit', async () => {
    const lines = [...turnLines('s1', new Date(), 'größer 🦊'), ...turnLines('s1')];
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    place.write('s1', lines);
    const whole = await readOnce();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 4 }), async (cuts) => {
        rmSync(place.stateFile, { force: true });
        const told: AgentEvent[] = [];
        const path = place.path('s1');
        writeFileSync(path, '');
        let from = 0;
        for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
          appendFileSync(path, bytes.subarray(from, to));
          from = to;
          told.push(...(await readOnce()));
        }
        expect(told).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });
});
