import { statSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { Journal } from '../../../../otel-bridge/domain/journal.ts';
import type { ReadModel } from '../../../../otel-bridge/domain/read-model.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';
import { openSqliteJournal } from '../../../../otel-bridge/journal/sqlite/sqlite-journal.ts';
import { startJournalThread } from '../../../../otel-bridge/start-journal-thread.ts';
import { makeBridgeConfig } from '../../../helpers/bridge-config.ts';
import { makeEvent } from '../../../helpers/make-event.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';
import { describeJournal } from '../contract/journal-contract.ts';
import { type OpenedJournal, TARGET } from '../contract/opened-journal.ts';

const PROGRAM = join(import.meta.dirname, '../../../../otel-bridge/main.ts');

async function open(
  onDeath: (error: Error) => void = () => undefined,
): Promise<OpenedJournal & { readonly folder: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'journal-'));
  const defaults = makeBridgeConfig(folder, { ingest: 1, ui: 2, otlp_grpc: 3, otlp_http: 4 });
  const target = 'http://127.0.0.1:9';
  const config = {
    ...defaults,
    facts: { ...defaults.facts, settle_ms: 0 },
    telemetry: { ...defaults.telemetry, metric_interval_ms: 20 },
    targets: [
      {
        name: TARGET,
        endpoint: target,
        raw_endpoint: target,
        signals: ['logs' as const, 'metrics' as const, 'traces' as const],
        headers: {},
      },
    ],
  };
  const path = config.journal_path;
  const openJournal = (): Promise<Journal> =>
    openSqliteJournal({
      path,
      timezone: config.timezone,
      worker: startJournalThread(config, PROGRAM),
      onProblem: () => undefined,
      onQuarantine: () => undefined,
      onDeath,
    });
  const openModel = (): ReadModel =>
    openSqliteReadModel({ path, idleEndMs: 1_800_000, abandonedAfterMs: 7_200_000 });
  let journal = await openJournal();
  let readModel = openModel();
  const close = async (): Promise<void> => {
    readModel[Symbol.dispose]();
    await journal[Symbol.asyncDispose]();
  };
  return {
    folder,
    close,
    get journal() {
      return journal;
    },
    get readModel() {
      return readModel;
    },
    async reopen() {
      await close();
      journal = await openJournal();
      readModel = openModel();
    },
    openSecond: openJournal,
    async [Symbol.asyncDispose]() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

describeJournal('SQLite', () => open());

it('has one file once it is closed: its write-ahead log is merged', async () => {
  const opened = await open();
  await opened.journal.append({ events: [makeEvent({ id: 'a', type: 'prompt' })] });
  expect(await readdir(opened.folder)).toContain('journal.db-wal');
  await opened.close();
  expect((await readdir(opened.folder)).filter((file) => file.startsWith('journal.db-'))).toEqual([]);
  await rm(opened.folder, { recursive: true });
});

it('merges its write-ahead log while it goes on', async () => {
  const opened = await open();
  const text = 'x'.repeat(100_000);
  const events = Array.from({ length: 60 }, (_, index) =>
    makeEvent({ id: `e${index}`, type: 'note', payload: { text } }),
  );
  await opened.journal.append({ events });
  const merged = await waitUntil(
    () => statSync(join(opened.folder, 'journal.db')).size,
    (size) => size > 5_000_000,
  );
  expect(merged).toBeGreaterThan(5_000_000);
  // Also the thread that merges has closed it by then.
  await opened.close();
  expect((await readdir(opened.folder)).filter((file) => file.startsWith('journal.db-'))).toEqual([]);
  await rm(opened.folder, { recursive: true });
});

it.each([
  ['deleted', (path: string) => rm(path), 'deleted or moved away'],
  [
    'replaced',
    (path: string) => copyFile(path, `${path}.copy`).then(() => rename(`${path}.copy`, path)),
    'replaced',
  ],
])('says yes to nothing more once its file was %s', async (_, harm, reason) => {
  const died = Promise.withResolvers<Error>();
  const opened = await open(died.resolve);
  await opened.journal.append({ events: [makeEvent({ id: 'a', type: 'prompt' })] });
  await harm(join(opened.folder, 'journal.db'));
  await expect(opened.journal.append({ events: [makeEvent({ id: 'b', type: 'prompt' })] })).rejects.toThrow();
  expect((await died.promise).message).toContain(reason);
  opened.readModel[Symbol.dispose]();
  await rm(opened.folder, { recursive: true });
});

it('keeps what was acknowledged where its write-ahead log alone was deleted', async () => {
  const died = Promise.withResolvers<Error>();
  const opened = await open(died.resolve);
  const path = join(opened.folder, 'journal.db');
  await opened.journal.append({ events: [makeEvent({ id: 'a', type: 'prompt' })] });
  await rm(`${path}-wal`);
  await expect(opened.journal.append({ events: [makeEvent({ id: 'b', type: 'prompt' })] })).rejects.toThrow();
  expect((await died.promise).message).toContain('journal.db-wal" was deleted or replaced');
  // As after a crash: the file alone, without the log that has no name any more.
  await copyFile(path, `${path}.copy`);
  using database = new DatabaseSync(`${path}.copy`);
  expect(database.prepare('SELECT count(*) AS events FROM events').get()).toEqual({ events: 2 });
  opened.readModel[Symbol.dispose]();
  await rm(opened.folder, { recursive: true });
});
