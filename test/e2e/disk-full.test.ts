import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { startBridge } from '../helpers/bridge.ts';
import { eventId, startEventLoad } from '../helpers/event-load.ts';
import { mountSmallDisk, smallDiskProblem } from '../helpers/small-disk.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const CYCLES = process.env.AGENT_MONITOR_TEST_LONG === '1' ? 100 : 5;
const problem = smallDiskProblem();

/** How often each event is in the journal. */
function storedIds(path: string): Map<string, number> {
  using reader = new DatabaseSync(path, { readOnly: true });
  const ids = new Map<string, number>();
  for (const { id } of reader.prepare('SELECT id FROM events').iterate()) {
    ids.set(String(id), (ids.get(String(id)) ?? 0) + 1);
  }
  return ids;
}

describe.skipIf(problem !== null)(`a disk that fails${problem === null ? '' : ` (${problem})`}`, () => {
  it('when full costs nothing that was acknowledged: 503, queries go on, and work goes on within 5 s of space', async () => {
    using disk = mountSmallDisk(96);
    await using bridge = await startBridge({ journal_path: join(disk.folder, 'journal.db') });
    const pid = bridge.childPid();
    const load = startEventLoad({ url: bridge.ingestUrl, rate: 500, senders: 8, batch: 5, name: 'full' });
    const accepted = (): number => load.acknowledged.length;
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const before = accepted();
      await waitUntil(accepted, (count) => count > before + 100);
      const refused = load.statuses.get(503) ?? 0;
      disk.fill();
      await waitUntil(
        () => load.statuses.get(503) ?? 0,
        (count) => count > refused + 5,
      );
      const status = await bridge.query('/v1/status');
      expect((status.journal as { problem: string }).problem).toContain('full');
      expect(await bridge.query('/v1/sessions')).toHaveProperty('sessions');
      disk.empty();
      const atRelief = accepted();
      await waitUntil(accepted, (count) => count > atRelief, 5000);
    }
    await load.finish();
    await waitUntil(
      async () => ((await bridge.query('/v1/status')).journal as { problem: string | null }).problem,
      (said) => said === null,
    );
    expect(load.withoutRetryAfter()).toBe(0);
    expect(bridge.childPid()).toBe(pid);
    const stored = storedIds(bridge.config.journal_path);
    const wrong = load.acknowledged.filter((n) => stored.get(eventId('full', n)) !== 1);
    expect(wrong).toEqual([]);
    await waitUntil(
      async () => (await bridge.query('/v1/usage?since=1d')).total as { input_tokens: number },
      (total) => total.input_tokens === load.sums().tokens,
    );
  });

  it('when read-only at the start is waited for, with 503 at the door', async () => {
    using disk = mountSmallDisk(64);
    await using bridge = await startBridge({ journal_path: join(disk.folder, 'journal.db') });
    const load = startEventLoad({ url: bridge.ingestUrl, rate: 200, senders: 4, batch: 1, name: 'locked' });
    await waitUntil(
      () => load.acknowledged.length,
      (count) => count > 50,
    );
    const pid = bridge.childPid();
    process.kill(pid, 'SIGKILL');
    await waitUntil(() => isReadOnlyNow(disk), Boolean, 2000);
    await waitUntil(
      () => load.statuses.get(503) ?? 0,
      (count) => count > 5,
    );
    const acknowledged = load.acknowledged.length;
    disk.setReadOnly(false);
    await waitUntil(
      () => load.acknowledged.length,
      (count) => count > acknowledged,
      5000,
    );
    await load.finish();
    expect(load.withoutRetryAfter()).toBe(0);
    const stored = storedIds(bridge.config.journal_path);
    expect(load.acknowledged.filter((n) => stored.get(eventId('locked', n)) !== 1)).toEqual([]);
  });
});

/** Refused while the killed process still has files open for writing. */
function isReadOnlyNow(disk: ReturnType<typeof mountSmallDisk>): boolean {
  try {
    disk.setReadOnly(true);
    return true;
  } catch {
    return false;
  }
}
