import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeWriterLease } from '../../../../otel-bridge/journal/sqlite/writer-lease.ts';

const LEASE = join(import.meta.dirname, '../../../../otel-bridge/journal/sqlite/writer-lease.ts');
/** Long enough to see that nobody gives it up. */
const PATIENCE_MS = 50;

let folder = '';
let journal = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lease-'));
  journal = join(folder, 'journal.db');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Another process that has the lease. */
async function startHolder(): Promise<ChildProcess> {
  const program = `import { takeWriterLease } from ${JSON.stringify(LEASE)};
    globalThis.lease = takeWriterLease(${JSON.stringify(journal)});
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

describe('the right to write a journal', () => {
  it('is refused while another process has it, and the refusal names that process', async () => {
    const holder = await startHolder();
    const named = `process ${holder.pid} on host "${hostname()}"`;
    expect(() => takeWriterLease(journal, PATIENCE_MS)).toThrow(named);
    expect(() => takeWriterLease(journal, PATIENCE_MS)).toThrow(/monitor down/);
  });

  it('is free the moment its holder was killed', async () => {
    const holder = await startHolder();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    using _lease = takeWriterLease(journal, 0);
    expect(() => takeWriterLease(journal, PATIENCE_MS)).toThrow(`process ${process.pid} `);
  });

  it('stays with a holder that hangs', async () => {
    const holder = await startHolder();
    holder.kill('SIGSTOP');
    expect(() => takeWriterLease(journal, PATIENCE_MS)).toThrow(/writes it/);
  });

  it('is given back by disposing of it', () => {
    takeWriterLease(journal)[Symbol.dispose]();
    using lease = takeWriterLease(journal, 0);
    expect(lease).toBeDefined();
  });

  it('is found though its file is damaged', () => {
    takeWriterLease(journal)[Symbol.dispose]();
    writeFileSync(`${journal}.writer`, Buffer.alloc(8192, 7));
    using lease = takeWriterLease(journal);
    expect(lease).toBeDefined();
  });

  it('of one journal leaves others alone', () => {
    using _one = takeWriterLease(journal);
    using other = takeWriterLease(`${journal}.other`);
    expect(other).toBeDefined();
  });
});
