import { expect, it } from 'vitest';
import type { RebuildCounts } from '../../../otel-bridge/domain/journal.ts';
import { createRebuildJob } from '../../../otel-bridge/journal/rebuild-job.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

const COUNTS: RebuildCounts = {
  eventsDone: 5,
  eventsTotal: 9,
  checked: 0,
  corrected: 0,
  added: 0,
  removed: 0,
  unreadable: 0,
};

it('runs once at a time, tells how far it is, and can be begun again', async () => {
  const begun: PromiseWithResolvers<RebuildCounts>[] = [];
  const job = createRebuildJob(
    {
      rebuild: (onProgress) => {
        const work = Promise.withResolvers<RebuildCounts>();
        begun.push(work);
        onProgress(COUNTS);
        return work.promise;
      },
    },
    new RecordingLog(),
    () => 1000,
  );
  expect(job.status()).toMatchObject({ state: 'never', startedMs: null });
  job.start();
  expect(job.start()).toMatchObject({ state: 'running', startedMs: 1000, counts: { eventsDone: 5 } });
  expect(begun).toHaveLength(1);
  begun[0]?.resolve({ ...COUNTS, corrected: 2 });
  await waitUntil(job.status, ({ state }) => state === 'done');
  expect(job.status()).toMatchObject({ endedMs: 1000, counts: { corrected: 2 } });

  job.start();
  begun[1]?.reject(new Error('disk full'));
  await waitUntil(job.status, ({ state }) => state === 'failed');
  expect(job.status().reason).toBe('disk full');
  expect(job.start().state).toBe('running');
});
