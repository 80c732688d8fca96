import { describe, expect, it } from 'vitest';
import { serviceStatusSchema } from '../../../cli/bridge-api/service-status.ts';
import {
  deadLettersCheck,
  deliveryCheck,
  journalCheck,
  transcriptsCheck,
} from '../../../cli/doctor/bridge-checks.ts';
import type { Check, Finding, Patient } from '../../../cli/doctor/check.ts';

/** What a check finds where the bridge says this, or does not answer. */
function find(check: Check, status: object | null): Promise<Finding> {
  const said = { import: null, agents: [], delivery: [], journal: {}, ...status };
  const patient = {
    status: async () => (status === null ? null : serviceStatusSchema.parse(said)),
    settings: async () => ({ retention: { journal_size: { text: '10GB', bytes: 1e10 } } }),
  } as unknown as Patient;
  return check.run(patient);
}

const lane = { target: 'stack', lane: 'logs', last_error: 'connect refused', refused_records: 0 };

describe('what the bridge says of itself', () => {
  it('is skipped where it does not answer', async () => {
    for (const check of [journalCheck, deliveryCheck, deadLettersCheck, transcriptsCheck]) {
      expect(await find(check, null)).toMatchObject({ state: 'skipped', fix: [] });
    }
  });

  it('is well where nothing is wrong', async () => {
    expect(await find(journalCheck, {})).toMatchObject({ state: 'ok' });
    expect(await find(deadLettersCheck, {})).toMatchObject({ state: 'ok' });
    const healthy = { ...lane, state: 'idle', last_error: null };
    expect(await find(deliveryCheck, { delivery: [healthy] })).toMatchObject({ state: 'ok' });
  });

  it('fails where the journal cannot be written, and warns of what was put aside', async () => {
    expect(await find(journalCheck, { journal: { problem: 'disk full' } })).toMatchObject({
      state: 'failed',
      found: 'disk full',
    });
    const quarantined = [{ path: '/j.damaged', reason: 'bad page' }];
    expect(await find(journalCheck, { journal: { quarantined } })).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('/j.damaged'),
    });
  });

  it('fails where a store takes nothing, naming store and reason', async () => {
    expect(await find(deliveryCheck, { delivery: [{ ...lane, state: 'retrying' }] })).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('stack (logs): connect refused'),
    });
  });

  it('warns of dead letters and says how to see them', async () => {
    expect(await find(deadLettersCheck, { journal: { dead_letters: 3 } })).toEqual({
      state: 'warning',
      found: '3 records were refused for good',
      fix: ['monitor dead-letters list'],
    });
  });
});
