import { expect, it } from 'vitest';
import { freeMemoryWhenQuiet } from '../../otel-bridge/free-memory.ts';
import { waitUntil } from '../helpers/wait-until.ts';

it('collects what a burst left behind once the thread is quiet', async () => {
  const left = new WeakRef({ rows: Array.from({ length: 1000 }, (_, index) => ({ index })) });
  using _ = freeMemoryWhenQuiet();
  const isGone = await waitUntil(() => left.deref() === undefined, Boolean, 25_000);
  expect(isGone).toBe(true);
});
