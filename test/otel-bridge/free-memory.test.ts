import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freeMemoryWhenQuiet } from '../../otel-bridge/free-memory.ts';

it('collects what a burst left behind once the thread is quiet', async () => {
  const left = new WeakRef({ rows: Array.from({ length: 1000 }, (_, index) => ({ index })) });
  using _ = freeMemoryWhenQuiet();
  // Seldom, since a machine that is busy makes much of each look.
  for (let looks = 0; left.deref() !== undefined && looks < 100; looks++) await sleep(600);
  expect(left.deref()).toBeUndefined();
}, 120_000);
