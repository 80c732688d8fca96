import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inputTokens, modelCall, type OpenedJournal, type OpenJournal } from './opened-journal.ts';

/** Appending: durable when answered, each id once, all of a request or nothing. */
export function describeAppend(open: OpenJournal): void {
  describe('append()', () => {
    let opened: OpenedJournal;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    it('answers in order what became of each event, and keeps an id once', async () => {
      const { journal } = opened;
      expect(await journal.append({ events: [modelCall(1), modelCall(2)] })).toEqual(['stored', 'stored']);
      expect(await journal.append({ events: [modelCall(3), modelCall(1), modelCall(3)] })).toEqual([
        'stored',
        'duplicate',
        'duplicate',
      ]);
      await journal.settled();
      expect(opened.readModel.listEvents({ limit: 10 }).map(({ id }) => id)).toEqual([
        'call-3',
        'call-2',
        'call-1',
      ]);
    });

    it('keeps what it answered over a restart', async () => {
      await opened.journal.append({
        events: [modelCall(1)],
        raw: [{ signal: 'logs', body: Buffer.from('raw') }],
      });
      await opened.reopen();
      expect(await opened.journal.append({ events: [modelCall(1)] })).toEqual(['duplicate']);
      expect(await opened.journal.countOutbox('raw/logs', 0)).toBe(1);
      await opened.journal.settled();
      expect(inputTokens(opened)).toBe(10);
    });

    it('takes many requests at once, each event once', async () => {
      const { journal } = opened;
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => journal.append({ events: [modelCall(n), modelCall(n % 10)] })),
      );
      const stored = answers.flat().filter((status) => status === 'stored');
      expect(stored).toHaveLength(50);
      await journal.settled();
      expect(inputTokens(opened)).toBe(500);
    });

    it('tells listeners of events that are new, once they are durable', async () => {
      const heard: string[] = [];
      const stop = opened.journal.onEvents((events) => heard.push(...events.map(({ id }) => id)));
      await opened.journal.append({ events: [modelCall(1), modelCall(1)] });
      stop();
      await opened.journal.append({ events: [modelCall(2)] });
      expect(heard).toEqual(['call-1']);
    });

    it('tells each listener what that one wants', async () => {
      const heard: string[][] = [[], []];
      const stops = heard.map((ids, wanted) =>
        opened.journal.onEvents(
          (events) => ids.push(...events.map(({ id }) => id)),
          ({ id }) => id === `call-${wanted + 1}`,
        ),
      );
      await opened.journal.append({ events: [modelCall(3), modelCall(1), modelCall(2)] });
      await opened.journal.append({ events: [modelCall(2), modelCall(4)] });
      for (const stop of stops) stop();
      expect(heard).toEqual([['call-1'], ['call-2']]);
    });

    it('is refused after it was closed', async () => {
      const { journal } = opened;
      await opened.reopen();
      await expect(journal.append({ events: [modelCall(9)] })).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}
