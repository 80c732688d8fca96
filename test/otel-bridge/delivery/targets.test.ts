import { describe, expect, test } from 'vitest';
import { runDelivery, targetAt } from '../../helpers/delivery-fixture.ts';
import { startOtlpTarget, TARGET_CERTIFICATE } from '../../helpers/otlp-target.ts';
import { logRecord } from '../../helpers/outbox-records.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

describe('a target with https', () => {
  test('gets records and its headers when its own authority is given', async () => {
    await using target = await startOtlpTarget(undefined, { scheme: 'https' });
    await using run = runDelivery([
      targetAt(target.url, { ca_pem: TARGET_CERTIFICATE, headers: { 'x-api-key': 'k1' } }),
    ]);
    run.journal.put(logRecord('a'));
    await waitUntil(
      () => target.requests.length,
      (count) => count > 0,
    );
    expect(target.requests[0]?.headers['x-api-key']).toBe('k1');
    expect((await run.delivery.status()).find(({ lane }) => lane === 'logs')?.lastError).toBeNull();
  });

  test('gets nothing when nobody known has signed its certificate, and nothing is dropped', async () => {
    await using target = await startOtlpTarget(undefined, { scheme: 'https' });
    await using run = runDelivery([targetAt(target.url)]);
    run.journal.put(logRecord('a'));
    const status = async () => (await run.delivery.status()).find(({ lane }) => lane === 'logs');
    await waitUntil(status, (lane) => /self-signed/.test(lane?.lastError ?? ''));
    expect((await status())?.lastError).toContain('"ca_file" of the target');
    expect(await status()).toMatchObject({ lagRecords: 1 });
    expect(target.requests).toEqual([]);
  });
});

describe('resend()', () => {
  test('gives a dead letter to the target that refused it and to no other', async () => {
    let isStrict = true;
    await using picky = await startOtlpTarget(() => (isStrict ? { status: 400, body: 'no' } : undefined));
    await using other = await startOtlpTarget();
    await using run = runDelivery([
      targetAt(picky.url, { name: 'picky' }),
      targetAt(other.url, { name: 'other' }),
    ]);
    run.journal.put(logRecord('a'));
    await waitUntil(
      () => run.journal.deadLetters.length + other.requests.length,
      (count) => count === 2,
    );
    const [letter] = await run.journal.listDeadLetters(1);
    if (letter === undefined) throw new Error('no dead letter');
    expect(await run.delivery.resend(letter)).toMatchObject({ status: 'refused' });
    isStrict = false;
    const before = picky.requests.length;
    expect(await run.delivery.resend(letter)).toEqual({ status: 'accepted' });
    expect(picky.requests[before]?.body).toEqual(other.requests[0]?.body);
    expect(other.requests).toHaveLength(1);
    expect(await run.delivery.resend({ ...letter, target: 'gone' })).toEqual({ status: 'no_target' });
  });
});
