import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelCall, type OpenedJournal, type OpenJournal, TARGET } from './opened-journal.ts';

/** The outbox: in order, kept until the target has it, what is refused for good set aside with its reason. */
export function describeOutbox(open: OpenJournal): void {
  describe('the outbox', () => {
    let opened: OpenedJournal;
    beforeEach(async () => {
      opened = await open();
      const raw = ['a', 'b', 'c'].map((text) => ({ signal: 'logs' as const, body: Buffer.from(text) }));
      await opened.journal.append({ events: [modelCall(1)], raw });
      await opened.journal.settled();
    });
    afterEach(() => opened[Symbol.asyncDispose]());

    const bodies = async (afterSeq: number): Promise<string[]> => {
      const records = await opened.journal.readOutbox('raw/logs', afterSeq, 10);
      return records.map((record) => ('body' in record ? Buffer.from(record.body).toString() : ''));
    };

    it('gives the records of a lane in order, also over a restart', async () => {
      expect(await bodies(0)).toEqual(['a', 'b', 'c']);
      await opened.reopen();
      expect(await bodies(0)).toEqual(['a', 'b', 'c']);
      expect(await opened.journal.readOutbox('raw/logs', 0, 2)).toHaveLength(2);
    });

    it('gives as many records as are asked for, or all', async () => {
      const { journal } = opened;
      const raw = Array.from({ length: 150 }, (_, index) => ({
        signal: 'logs' as const,
        body: Buffer.from(`${index}`),
      }));
      await journal.append({ events: [], raw });
      const all = await journal.readOutbox('raw/logs', 0, 1000);
      const texts = all.map((record) => ('body' in record ? Buffer.from(record.body).toString() : ''));
      expect(texts).toEqual(['a', 'b', 'c', ...raw.map(({ body }) => body.toString())]);
      for (const limit of [1, 63, 64, 65, 128, 153])
        expect(await journal.readOutbox('raw/logs', 0, limit)).toEqual(all.slice(0, limit));
    });

    it('keeps what the target does not have, and drops what it has', async () => {
      const { journal } = opened;
      const [first, second] = await journal.readOutbox('raw/logs', 0, 2);
      await journal.advanceCursor(TARGET, 'raw/logs', second?.seq ?? 0, []);
      expect(await journal.readCursor(TARGET, 'raw/logs')).toBe(second?.seq);
      expect(await bodies(first?.seq ?? 0)).toEqual(['c']);
      // A cursor never goes back.
      await journal.advanceCursor(TARGET, 'raw/logs', first?.seq ?? 0, []);
      await opened.reopen();
      expect(await opened.journal.readCursor(TARGET, 'raw/logs')).toBe(second?.seq);
    });

    it('sets aside with its reason what the target refused for good, until it is removed', async () => {
      const { journal } = opened;
      const [first] = await journal.readOutbox('raw/logs', 0, 1);
      const seq = first?.seq ?? 0;
      await journal.advanceCursor(TARGET, 'raw/logs', seq, [{ seq, reason: '400 no such thing' }]);
      const [letter] = await journal.listDeadLetters(10);
      expect(letter).toMatchObject({ target: TARGET, lane: 'raw/logs', reason: '400 no such thing' });
      expect(Buffer.from(letter?.record ?? '', 'base64').toString()).toBe('a');
      expect(await journal.removeDeadLetters([letter?.id ?? 0, 999])).toBe(1);
      expect(await journal.listDeadLetters(10)).toEqual([]);
    });

    it('tells who listens which lane got records', async () => {
      const lanes = new Set<string>();
      opened.journal.onOutbox((lane) => lanes.add(lane));
      await opened.journal.append({ events: [], raw: [{ signal: 'traces', body: Buffer.from('x') }] });
      await opened.journal.settled();
      expect(lanes).toContain('raw/traces');
    });
  });
}
