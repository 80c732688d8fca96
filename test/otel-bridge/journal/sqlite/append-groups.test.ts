import { expect, it } from 'vitest';
import { createAppendGroups } from '../../../../otel-bridge/journal/sqlite/append-groups.ts';
import { type EventRow, eventRow } from '../../../../otel-bridge/journal/sqlite/event-row.ts';
import type { AppendRows } from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

function rows(...ids: string[]): AppendRows {
  return { events: ids.map((id): EventRow => eventRow(makeEvent({ id, type: 'prompt' }), 0)), raw: [] };
}

it('sends what comes in one turn as one message and answers each append with its own part', async () => {
  const sent: (readonly AppendRows[])[] = [];
  const append = createAppendGroups(async (requests) => {
    sent.push(requests);
    return [1, 3];
  });
  const answers = await Promise.all([append(rows('a', 'b')), append(rows()), append(rows('c', 'd', 'e'))]);
  expect(answers).toEqual([['stored', 'duplicate'], [], ['stored', 'duplicate', 'stored']]);
  expect(sent.map((requests) => requests.length)).toEqual([3]);
  await append(rows('f'));
  expect(sent).toHaveLength(2);
});

it('fails every append of a group that could not be kept, and no other', async () => {
  let isFull = true;
  const append = createAppendGroups(async () => {
    if (isFull) throw new Error('disk full');
    return [];
  });
  const failed = await Promise.allSettled([append(rows('a')), append(rows('b'))]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isFull = false;
  expect(await append(rows('a'))).toEqual(['stored']);
});

it('sends a large group before the turn is over, so that the writer is at work meanwhile', async () => {
  const sizes: number[] = [];
  const append = createAppendGroups(async (requests) => {
    sizes.push(requests.reduce((sum, { events }) => sum + events.length, 0));
    return [0];
  });
  const waiting = Array.from({ length: 100 }, (_, index) => append(rows(`e${index}`)));
  expect(sizes.length).toBeGreaterThan(1);
  const answers = await Promise.all(waiting);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(100);
  // The first of each message, and of no other.
  expect(answers.flat().filter((status) => status === 'duplicate')).toHaveLength(sizes.length);
  expect(answers[0]).toEqual(['duplicate']);
});
