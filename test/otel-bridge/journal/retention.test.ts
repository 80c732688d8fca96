import { expect, it } from 'vitest';
import type { PruneRequest } from '../../../otel-bridge/domain/journal.ts';
import { startRetention } from '../../../otel-bridge/journal/retention.ts';
import { createSteadyClock } from '../../../otel-bridge/journal/steady-clock.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

it('deletes what is older than the settings keep, soon after the start', async () => {
  const requests: PruneRequest[] = [];
  const log = new RecordingLog();
  using _retention = startRetention({
    journal: {
      prune: async (request) => {
        requests.push(request);
        return { events: 7, facts: 0, records: 0 };
      },
    },
    maxAgeMs: 1000,
    clock: () => 5000,
    firstMs: 1,
    log,
  });
  await waitUntil(
    () => requests.length,
    (count) => count > 0,
  );
  expect(requests).toEqual([{ beforeMs: 4000 }]);
});

it('deletes nothing while the clock has just been set, and goes on when it is steady again', () => {
  let wallMs = 1_000_000_000_000;
  let monotonicMs = 0;
  const clock = createSteadyClock({ now: () => wallMs, monotonic: () => monotonicMs });
  const pass = (wall: number, monotonic: number): number | null => {
    wallMs += wall;
    monotonicMs += monotonic;
    return clock();
  };
  const HOUR_MS = 3_600_000;
  expect(pass(HOUR_MS, HOUR_MS)).toBe(wallMs);
  expect(pass(25 * HOUR_MS, HOUR_MS)).toBeNull();
  expect(pass(HOUR_MS, HOUR_MS)).toBe(wallMs);
  expect(pass(-24 * HOUR_MS, HOUR_MS)).toBeNull();
  expect(pass(HOUR_MS + 5000, HOUR_MS)).toBe(wallMs);
});
