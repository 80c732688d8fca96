import { expect, it } from 'vitest';
import { createAppendGroups } from '../../../../otel-bridge/journal/sqlite/append-groups.ts';
import { createHookIntake } from '../../../../otel-bridge/sources/hooks/hook-intake.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

const FIRING = { framework: 'an-agent', input: {}, id: 'a', firedMs: 0, attributes: {} };

/** An intake in front of a journal that answers as told. */
function makeIntake(happened: string[], answer: () => Promise<readonly number[]>) {
  const append = createAppendGroups(() => {
    happened.push('sent to the disk');
    return answer();
  });
  return createHookIntake({
    journal: { append: ({ events }) => append({ events: events.map(() => [] as never), raw: [] }) },
    frameworks: ['an-agent'],
    toEvents: ({ id }) => [makeEvent({ id, type: 'prompt' })],
    redact: (event) => event,
    verdict() {
      happened.push('judged');
      return { denied: true };
    },
    log: { error: (_, message) => happened.push(message) },
  });
}

it('a hook is judged while the disk is busy with it, and answered when both are done', async () => {
  const happened: string[] = [];
  const disk = Promise.withResolvers<readonly number[]>();
  const taken = makeIntake(happened, () => disk.promise)
    .take([FIRING], true)
    .then((result) => {
      happened.push('answered');
      return result;
    });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(happened).toEqual(['sent to the disk', 'judged']);
  disk.resolve([]);
  expect(await taken).toEqual({ statuses: ['stored'], verdicts: [{ denied: true }] });
});

it('a hook that could not be kept fails, whatever was judged', async () => {
  const refused = makeIntake([], () => Promise.reject(new Error('disk full')));
  await expect(refused.take([FIRING], true)).rejects.toThrow('disk full');
});
