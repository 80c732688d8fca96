import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventRow } from '../../../../otel-bridge/journal/sqlite/event-row.ts';
import type {
  JournalReply,
  JournalRequest,
} from '../../../../otel-bridge/journal/sqlite/journal-messages.ts';
import { runJournalWorker } from '../../../../otel-bridge/journal/sqlite/journal-worker.ts';
import { allLanesTo } from '../../../helpers/lane-targets.ts';
import { makeEvent } from '../../../helpers/make-event.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';

const SYNCED = 2;

let folder: string;
let ours: MessagePort;
let theirs: MessagePort;
/** What happened, in order: commits with the level of their sync, and answers. */
let story: string[];
/** True where the next commits fail, as on a full disk. */
let isFull: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
  story = [];
  isFull = false;
  ({ port1: ours, port2: theirs } = new MessageChannel());
  const { exec } = DatabaseSync.prototype;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql: string) {
    if (sql !== 'COMMIT') return exec.call(this, sql);
    if (isFull) {
      exec.call(this, 'ROLLBACK');
      throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
    }
    exec.call(this, sql);
    story.push(`commit ${this.prepare('PRAGMA synchronous').get()?.synchronous}`);
  });
  const { postMessage } = theirs;
  vi.spyOn(theirs, 'postMessage').mockImplementation((reply: JournalReply) => {
    story.push(reply.kind === 'done' || reply.kind === 'refused' ? `${reply.kind} ${reply.id}` : reply.kind);
    postMessage.call(theirs, reply);
  });
});
afterEach(async () => {
  isFull = false;
  ask({ op: 'close', id: 99 });
  await waitUntil(
    () => story,
    (told) => told.includes('done 99'),
  );
  vi.restoreAllMocks();
  ours.close();
  rmSync(folder, { recursive: true });
});

/** Starts the journal's thread, within this one; metrics are exported when the test asks for nothing else. */
function start(): void {
  runJournalWorker({
    path: join(folder, 'journal.db'),
    port: theirs,
    metricIntervalMs: 3_600_000,
    targets: allLanesTo('store'),
    settings: {
      settleMs: 0,
      historyAfterMs: 86_400_000,
      idleEndMs: 1_800_000,
      rules: [],
      priceOf: () => null,
    },
  });
}

function ask(request: JournalRequest): void {
  ours.postMessage(request);
}

function append(id: number): void {
  const row = eventRow(
    makeEvent({ type: 'run.end', correlation: { sessionId: 's', runId: `r${id}` } }),
    Date.now(),
  );
  ask({ op: 'append', id, requests: [{ events: [row], raw: [] }] });
}

async function answered(id: number): Promise<string> {
  const told = await waitUntil(
    () => story.find((line) => line === `done ${id}` || line === `refused ${id}`),
    (line) => line !== undefined,
  );
  return told ?? '';
}

it('an append is acknowledged after it was committed and synced, the first one too', async () => {
  start();
  append(1);
  expect(await answered(1)).toBe('done 1');
  const before = story.slice(story.indexOf('ready') + 1, story.indexOf('done 1'));
  expect(before).toContain(`commit ${SYNCED}`);
  expect(story.slice(0, story.indexOf('ready')).filter((line) => line.startsWith('commit'))).not.toContain(
    'commit 1',
  );
});

it('an append is synced also after work that nobody waits for, which is not', async () => {
  start();
  for (const id of [1, 3, 5]) {
    append(id);
    await answered(id);
    ask({ op: 'advanceCursor', id: id + 1, target: 'store', lane: 'logs', seq: id, refused: [] });
    expect(await answered(id + 1)).toBe(`done ${id + 1}`);
    story.length = 0;
    append(id + 100);
    expect(await answered(id + 100)).toBe(`done ${id + 100}`);
    expect(story.slice(0, story.indexOf(`done ${id + 100}`))).toContain(`commit ${SYNCED}`);
  }
});

it('an append whose commit fails is refused, and taken when it is sent again', async () => {
  start();
  append(1);
  await answered(1);
  isFull = true;
  append(2);
  expect(await answered(2)).toBe('refused 2');
  expect(story).not.toContain('done 2');
  isFull = false;
  append(3);
  expect(await answered(3)).toBe('done 3');
});
