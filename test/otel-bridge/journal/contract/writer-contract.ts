import { describe, expect, it } from 'vitest';
import { modelCall, type OpenJournal } from './opened-journal.ts';

/** One writer: whoever has the lease. */
export function describeWriter(open: OpenJournal): void {
  describe('the right to write', () => {
    it('is refused to a second writer, which is told who has it, and the first goes on', async () => {
      await using opened = await open();
      await expect(opened.openSecond()).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(`process ${process.pid}`),
      });
      expect(await opened.journal.append({ events: [modelCall(1)] })).toEqual(['stored']);
    });

    it('is free once the first is closed', async () => {
      await using opened = await open();
      await opened.journal[Symbol.asyncDispose]();
      await using second = await opened.openSecond();
      expect(await second.append({ events: [modelCall(1)] })).toEqual(['stored']);
    });
  });
}
