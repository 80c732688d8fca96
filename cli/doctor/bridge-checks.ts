import type { ServiceStatus } from '../bridge-api/service-status.ts';
import { formatCount } from '../output/format-count.ts';
import { formatSize } from '../output/format-size.ts';
import { type Check, failed, ok, type Patient, skipped, warning } from './check.ts';

/** Events that wait longer than a moment: more than a second's worth of a busy machine. */
const MANY_WAITING = 100_000;

/** A check of what the bridge says of itself. */
function bridgeCheck(
  id: string,
  look: (status: ServiceStatus, patient: Patient) => Promise<Awaited<ReturnType<Check['run']>>>,
): Check {
  return {
    id,
    async run(patient) {
      const status = await patient.status();
      return status === null ? skipped('the bridge does not answer') : look(status, patient);
    },
  };
}

/** Whether the journal can be written and is whole. */
export const journalCheck = bridgeCheck('journal', async ({ journal }, { settings }) => {
  if (journal.problem !== null) return failed(journal.problem, 'monitor logs bridge');
  const [damaged] = journal.quarantined;
  if (damaged !== undefined) {
    return warning(
      `a damaged file was put aside as "${damaged.path}": ${damaged.reason}`,
      'monitor import    (takes in once more what transcripts still hold)',
    );
  }
  const { journal_size: limit } = (await settings()).retention;
  const size = `${formatSize(journal.size_bytes ?? 0)} of at most ${limit.text}`;
  if (journal.unprojected_events > MANY_WAITING) {
    return warning(`${size}; ${formatCount(journal.unprojected_events)} events wait to be shown`);
  }
  return ok(size);
});

/** Whether what is to leave leaves. */
export const deliveryCheck = bridgeCheck('delivery', async ({ delivery }) => {
  const stuck = delivery.filter(({ state }) => state === 'retrying' || state === 'misconfigured');
  if (stuck.length === 0)
    return ok(delivery.length === 0 ? 'there is no store' : 'every store takes what is sent');
  const found = stuck.map(
    ({ target, lane, last_error: error }) => `${target} (${lane}): ${error ?? 'no answer'}`,
  );
  return failed(`${found.join('; ')}. What waits is kept`, 'monitor status', 'monitor logs');
});

/** Whether a store refused something for good. */
export const deadLettersCheck = bridgeCheck('dead-letters', async ({ journal }) => {
  const count = journal.dead_letters ?? 0;
  if (count === 0) return ok('none');
  return warning(`${formatCount(count)} records were refused for good`, 'monitor dead-letters list');
});

/** Whether transcripts are read. */
export const transcriptsCheck = bridgeCheck('transcripts', async ({ import: progress }) => {
  if (progress === null || progress.state === 'off') return skipped('they are not read here');
  if (progress.state === 'failed')
    return failed('reading them failed', 'monitor logs host', 'monitor logs bridge');
  return ok(`${formatCount(progress.files_done)} of ${formatCount(progress.files_total)} read`);
});
