import { describe, expect, it } from 'vitest';
import { mergeAsync } from '../../../cli/docker/merge-async.ts';

async function* values(items: readonly number[], onEnd: () => void = () => undefined) {
  try {
    for (const item of items) yield item;
  } finally {
    onEnd();
  }
}

describe('mergeAsync()', () => {
  it('gives everything of every source, each in its order', async () => {
    const seen: number[] = [];
    for await (const value of mergeAsync([values([1, 2, 3]), values([10, 20])])) seen.push(value);
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 10, 20]);
    expect(seen.filter((value) => value < 10)).toEqual([1, 2, 3]);
  });

  it('lets its sources go when nobody listens any more', async () => {
    let ended = 0;
    const source = () => values([1, 2, 3], () => (ended += 1));
    for await (const _ of mergeAsync([source(), source()])) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(2);
  });

  it('ends at once without sources', async () => {
    for await (const value of mergeAsync([])) expect(value).toBeUndefined();
  });
});
