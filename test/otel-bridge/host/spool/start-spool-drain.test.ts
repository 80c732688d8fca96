import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MonitorError } from '../../../../otel-bridge/domain/error.ts';
import { appendToSpool, DROPPED_FILE } from '../../../../otel-bridge/host/spool/append-to-spool.ts';
import { startSpoolDrain } from '../../../../otel-bridge/host/spool/start-spool-drain.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';

let folder: string;
let said: string[];
const log = {
  info: (_: object, message: string) => said.push(message),
  warn: (_: object, message: string) => said.push(message),
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spool-drain-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('delivers what is kept, and what is kept later', async () => {
  const lines: string[] = [];
  appendToSpool(folder, 'early');
  await using _drain = startSpoolDrain({
    folder,
    log,
    intervalMs: 10,
    async post(body) {
      lines.push(...body.toString('utf8').trim().split(/\n+/));
      return 'sent';
    },
  });
  await waitUntil(
    () => lines,
    (found) => found.length === 1,
  );
  appendToSpool(folder, 'late');
  await waitUntil(
    () => lines,
    (found) => found.length === 2,
  );
  expect(lines).toEqual(['early', 'late']);
});

it('puts aside what is refused for good, and says so', async () => {
  appendToSpool(folder, 'too many values');
  await using _drain = startSpoolDrain({
    folder,
    log,
    intervalMs: 10,
    post: () => Promise.reject(new MonitorError('too_large', 'Cannot take it')),
  });
  await waitUntil(
    () => existsSync(join(folder, 'refused.jsonl')),
    (exists) => exists,
  );
  expect(said.join()).toContain('refused for good');
});

it('says what was lost because the spool was full', async () => {
  writeFileSync(join(folder, DROPPED_FILE), '2026-11-21T10:00:00Z 1048576 bytes\n');
  await using _drain = startSpoolDrain({ folder, log, intervalMs: 10, post: async () => 'sent' });
  await waitUntil(
    () => said.join(),
    (text) => text.includes('Hooks were lost: the spool was full 1 times'),
  );
  expect(existsSync(join(folder, DROPPED_FILE))).toBe(false);
});
