import { expect, it } from 'vitest';
import type { PruneRequest } from '../../../otel-bridge/domain/journal.ts';
import { startRetention } from '../../../otel-bridge/journal/retention.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

it('deletes what is older than the settings keep, soon after the start', async () => {
  const requests: PruneRequest[] = [];
  const log = new RecordingLog();
  using _retention = startRetention({
    journal: {
      prune: async (request) => {
        requests.push(request);
        return { events: 7, facts: 0, records: 0 };
      },
    },
    maxAgeMs: 1000,
    now: () => 5000,
    firstMs: 1,
    log,
  });
  await waitUntil(
    () => requests.length,
    (count) => count > 0,
  );
  expect(requests).toEqual([{ beforeMs: 4000 }]);
});
