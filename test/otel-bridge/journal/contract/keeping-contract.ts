import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { figuresOf } from '../../../helpers/read-figures.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';
import {
  countedCalls,
  inputTokens,
  modelCall,
  type OpenedJournal,
  type OpenJournal,
} from './opened-journal.ts';

const DAY_MS = 86_400_000;

/** What is kept, what may go, and what stays true when it went. */
export function describeKeeping(open: OpenJournal): void {
  describe('what is kept', () => {
    let opened: OpenedJournal;
    const nowMs = Date.now();
    const old = [1, 2, 3].map((n) => modelCall(n, { tsMs: nowMs - 20 * DAY_MS + n }));
    const fresh = [11, 12].map((n) => modelCall(n, { correlation: { sessionId: 's2', runId: 'r2' } }));
    const beforeMs = nowMs - 10 * DAY_MS;
    beforeEach(async () => {
      opened = await open();
      await opened.journal.append({ events: [...old, ...fresh] });
      await opened.journal.settled();
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    it('pruning old days takes their events and no figure, and what comes once more adds nothing', async () => {
      const { journal } = opened;
      const before = figuresOf(opened.readModel, nowMs);
      const counts = await journal.countPrunable({ beforeMs });
      expect(counts).toMatchObject({ events: 3 });
      expect(await journal.prune({ beforeMs })).toEqual(counts);
      expect(opened.readModel.listEvents({ limit: 10 })).toHaveLength(2);
      expect(figuresOf(opened.readModel, nowMs)).toEqual(before);
      await opened.reopen();
      await opened.journal.append({ events: old });
      await opened.journal.settled();
      expect(figuresOf(opened.readModel, nowMs)).toEqual(before);
    });

    it('a forgotten session is gone, the others are not, and no counter moves when it comes once more', async () => {
      const { journal } = opened;
      const counted = await waitUntil(
        () => countedCalls(opened),
        (calls) => calls > 0,
      );
      expect(await journal.prune({ sessionId: 's2' })).toMatchObject({ events: 2 });
      expect(opened.readModel.session('s2')).toBeNull();
      expect(opened.readModel.session('s1')).not.toBeNull();
      expect(inputTokens(opened)).toBe(30);
      await journal.append({ events: fresh });
      await journal.settled();
      expect(opened.readModel.session('s2')).toBeNull();
      expect(await countedCalls(opened)).toBe(counted);
    });

    it('a rebuild finds nothing to put right, tells how far it is, and sends nothing', async () => {
      const { journal } = opened;
      const before = figuresOf(opened.readModel, nowMs);
      const logs = await journal.countOutbox('logs', 0);
      const seen: number[] = [];
      const result = await journal.rebuild(({ eventsDone }) => seen.push(eventsDone));
      expect(result).toMatchObject({ eventsDone: 5, corrected: 0, added: 0, removed: 0 });
      expect(seen.at(-1)).toBe(5);
      expect(figuresOf(opened.readModel, nowMs)).toEqual(before);
      expect(await journal.countOutbox('logs', 0)).toBe(logs);
    });
  });
}
