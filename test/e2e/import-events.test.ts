import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;

beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await monitor[Symbol.asyncDispose]();
});

const envelope = (id: string, type: string, payload: object = {}) => ({
  schema: { name: 'agentmon.event', version: 1 },
  event: { id, type, ts: new Date().toISOString(), source: { framework: 'openclaw', client_id: 'zap' } },
  correlation: { session_id: 'imported', run_id: 'run-1' },
  attributes: { project: 'demo' },
  payload,
});

interface ImportData {
  readonly events: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly refusals: readonly { readonly line: number; readonly code: string }[];
}

describe('monitor import events', () => {
  test('says what to do where nothing runs, or the file is not there', async () => {
    const file = join(home.home, 'events.ndjson');
    await writeFile(file, '');
    const stopped = await home.json(['import', 'events', file]);
    expect([stopped.exitCode, stopped.code, stopped.fix]).toEqual([3, 'NOT_RUNNING', ['monitor up']]);
    const missing = await home.json(['import', 'events', 'nowhere.ndjson']);
    expect([missing.exitCode, missing.code]).toEqual([1, 'NOT_FOUND']);
    expect((await home.run(['import', 'events'])).exitCode).toBe(2);
  });

  test('takes in lines and arrays, from a file and from stdin, each event once', async () => {
    expect((await home.run(['up', '--runtime', 'embedded', '--no-import'])).exitCode).toBe(0);
    const events = [
      envelope('a', 'session.start'),
      envelope('b', 'run.start'),
      envelope('c', 'run.end', { usage: { input_tokens: 10, output_tokens: 5, total_cost: 0.5 } }),
      envelope('d', 'session.end'),
    ];
    const array = join(home.home, 'events.json');
    await writeFile(array, JSON.stringify(events.slice(0, 2), null, 2));
    const first = await home.json<ImportData>(['import', 'events', array]);
    expect([first.exitCode, first.data]).toMatchObject([
      0,
      { events: 2, accepted: 2, duplicates: 0, refused: 0, refusals: [] },
    ]);

    const lines = join(home.home, 'events.ndjson');
    await writeFile(lines, `${events.map((event) => JSON.stringify(event)).join('\n')}\nnonsense\n`);
    const second = await home.json<ImportData>(['import', 'events', lines]);
    expect([second.exitCode, second.code, second.data]).toMatchObject([
      1,
      'FAILED',
      { events: 5, accepted: 2, duplicates: 2, refused: 1, refusals: [{ line: 5, code: 'not_json' }] },
    ]);

    const third = await home.run(['import', 'events', '-'], { input: await readFile(array) });
    expect([third.exitCode, third.stdout]).toEqual([0, 'Took in 0 of 2 events, 2 known before.\n']);

    const { data } = await home.json<{ session: { session_id: string } }>(['session', 'show', 'imported']);
    expect(data.session.session_id).toBe('imported');
  });
});
