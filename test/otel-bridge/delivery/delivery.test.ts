import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { encodeResponse } from '../../../otel-bridge/otlp/codec.ts';
import { FAST, runDelivery, targetAt } from '../../helpers/delivery-fixture.ts';
import { MemoryJournal } from '../../helpers/memory-journal.ts';
import { type OtlpTarget, startOtlpTarget, type TargetRequest } from '../../helpers/otlp-target.ts';
import { logRecord, metricPoint, namesOf, rawLogs, spanRecord } from '../../helpers/outbox-records.ts';

const received = (target: OtlpTarget): string[] => target.requests.flatMap(({ request }) => namesOf(request));
const count = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
const carries = ({ request }: TargetRequest, name: string): boolean => namesOf(request).includes(name);
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 5 });

describe('delivery of what waits', () => {
  test('carries each lane to its path: ours to the endpoint, raw requests to the raw endpoint', async () => {
    await using target = await startOtlpTarget();
    await using run = runDelivery([targetAt(target.url, { headers: { authorization: 'Bearer t' } })]);
    run.journal.put(logRecord('log'), spanRecord('span'), metricPoint(1, 3), rawLogs('raw'));
    await until(() => expect(target.requests).toHaveLength(4));
    const byPath = new Map(target.requests.map((request) => [request.path, namesOf(request.request)]));
    expect(byPath).toEqual(
      new Map([
        ['/v1/logs', ['log']],
        ['/v1/traces', ['span']],
        ['/v1/metrics', ['model-1=3']],
        ['/raw/v1/logs', ['raw']],
      ]),
    );
    for (const { headers } of target.requests) {
      expect(headers).toMatchObject({
        authorization: 'Bearer t',
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
      });
    }
  });

  test('passes a raw request on byte for byte', async () => {
    await using target = await startOtlpTarget();
    await using run = runDelivery([targetAt(target.url)]);
    const raw = rawLogs('raw');
    run.journal.put(raw);
    await until(() => expect(target.requests).toHaveLength(1));
    expect(target.requests[0]?.body).toEqual(Buffer.from(raw.body));
  });

  test('leaves out lanes and signals that a target does not take', async () => {
    await using target = await startOtlpTarget();
    await using run = runDelivery([
      targetAt(target.url, { raw_endpoint: null, signals: ['logs', 'traces'] }),
    ]);
    run.journal.put(rawLogs('raw'), metricPoint(1, 1), logRecord('log'));
    await until(() => expect(received(target)).toEqual(['log']));
    await sleep(50);
    expect(received(target)).toEqual(['log']);
    expect((await run.delivery.status()).map(({ lane }) => lane)).toEqual(['logs', 'traces']);
  });

  test('has a cursor for each target, so one that is away holds up no other', async () => {
    await using good = await startOtlpTarget();
    await using bad = await startOtlpTarget(() => ({ status: 503 }));
    await using run = runDelivery([targetAt(bad.url, { name: 'bad' }), targetAt(good.url, { name: 'good' })]);
    run.journal.put(logRecord('a'), logRecord('b'));
    await until(() => expect(received(good)).toEqual(['a', 'b']));
    await until(() => expect(bad.requests.length).toBeGreaterThan(2));
    expect(run.journal.cursors.get('bad logs')).toBeUndefined();
    expect(await run.delivery.status()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          target: 'bad',
          lane: 'logs',
          state: 'retrying',
          lagRecords: 2,
          lastError: '503',
        }),
        expect.objectContaining({
          target: 'good',
          lane: 'logs',
          state: 'idle',
          lagRecords: 0,
          lastError: null,
        }),
      ]),
    );
  });

  test('goes on after the cursor when it starts again', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    journal.put(logRecord('a'), logRecord('b'));
    await using first = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(received(target)).toEqual(['a', 'b']));
    await first.delivery[Symbol.asyncDispose]();
    journal.put(logRecord('c'));
    await using _second = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(received(target)).toEqual(['a', 'b', 'c']));
  });

  test('finds records that nobody announced', async () => {
    await using target = await startOtlpTarget();
    await using run = runDelivery([targetAt(target.url)]);
    await sleep(30);
    run.journal.outbox.push({ ...logRecord('silent'), seq: 99 });
    await until(() => expect(received(target)).toEqual(['silent']));
  });
});

describe('batches', () => {
  test('hold up to 512 records', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    journal.put(...count('r', 1100).map((name) => logRecord(name)));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(received(target)).toHaveLength(1100));
    expect(target.requests.map(({ request }) => namesOf(request).length)).toEqual([512, 512, 76]);
    expect(received(target)).toEqual(count('r', 1100));
  });

  test('hold up to 1 MiB, and a larger record alone', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    const sizes = [400_000, 400_000, 400_000, 2_000_000, 10];
    journal.put(...sizes.map((size, i) => logRecord(`${i}`, { attributes: { text: 'x'.repeat(size) } })));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(received(target)).toEqual(['0', '1', '2', '3', '4']));
    for (const { body, request } of target.requests) {
      if (namesOf(request).length > 1) expect(body.length).toBeLessThanOrEqual(1024 * 1024);
    }
  });

  test('never hold two points of one series', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    journal.put(
      metricPoint(1, 1),
      metricPoint(2, 1),
      metricPoint(1, 2),
      metricPoint(1, 3),
      metricPoint(3, 1),
    );
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(received(target)).toHaveLength(5));
    expect(target.requests.map(({ request }) => namesOf(request))).toEqual([
      ['model-1=1', 'model-2=1'],
      ['model-1=2'],
      ['model-1=3', 'model-3=1'],
    ]);
  });

  test('of logs leave once in an interval unless full, metrics at once', async () => {
    await using target = await startOtlpTarget();
    await using run = runDelivery([targetAt(target.url)], { logIntervalMs: 4000 });
    const ofLogs = (): TargetRequest[] => target.requests.filter(({ signal }) => signal === 'logs');
    run.journal.put(logRecord('first'), metricPoint(1, 1));
    await until(() => expect(target.requests).toHaveLength(2));
    run.journal.put(logRecord('second'), metricPoint(1, 2));
    await until(() => expect(target.requests).toHaveLength(3));
    run.journal.put(logRecord('third'));
    await until(() => expect(ofLogs()).toHaveLength(2));
    expect(namesOf((ofLogs()[1] as TargetRequest).request)).toEqual(['second', 'third']);
    expect((ofLogs()[1]?.receivedMs ?? 0) - (ofLogs()[0]?.receivedMs ?? 0)).toBeGreaterThan(3950);
    const putMs = Date.now();
    run.journal.put(...count('r', 512).map((name) => logRecord(name)));
    await until(() => expect(ofLogs()).toHaveLength(3));
    expect((ofLogs()[2]?.receivedMs ?? 0) - putMs).toBeLessThan(3000);
  });
});

describe('what waited for a target', () => {
  test('leaves to its last record, in order, without lingering at the end', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    const names = count('r', 2 * 512 + 1);
    journal.put(...names.map((name) => logRecord(name)));
    await using _run = runDelivery([targetAt(target.url)], { journal, logIntervalMs: 600_000 });
    await until(() => expect(received(target)).toHaveLength(names.length));
    expect(received(target)).toEqual(names);
    expect(target.requests).toHaveLength(3);
  });
});

describe('a target in trouble', () => {
  test.each([
    ['408', { status: 408 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['nothing', 'hang'],
    ['a reset', 'reset'],
  ] as const)('gets the same bytes again after %s', async (_, trouble) => {
    await using target = await startOtlpTarget((__, index) => (index < 3 ? trouble : undefined));
    const journal = new MemoryJournal();
    journal.put(logRecord('a'), logRecord('b'));
    await using run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(journal.cursors.get('collector logs')).toBe(2));
    expect(target.requests).toHaveLength(4);
    for (const { body } of target.requests) expect(body).toEqual(target.requests[0]?.body);
    expect(journal.deadLetters).toEqual([]);
    expect(run.log.messages('warn')).toEqual(['The target is away. Nothing is dropped, delivery tries on']);
    expect(run.log.messages('info')).toEqual(['Delivery goes on']);
  });

  test('is left alone for as long as it asks', async () => {
    await using target = await startOtlpTarget((_, index) =>
      index === 0 ? { status: 429, headers: { 'retry-after': '1' } } : undefined,
    );
    await using run = runDelivery([targetAt(target.url)]);
    run.journal.put(logRecord('a'));
    await until(() => expect(target.requests).toHaveLength(1));
    run.journal.put(logRecord('b'));
    await until(() => expect(received(target)).toContain('b'));
    expect((target.requests[1]?.receivedMs ?? 0) - (target.requests[0]?.receivedMs ?? 0)).toBeGreaterThan(
      950,
    );
  });

  test('that listens nowhere gets everything once it does', async () => {
    const journal = new MemoryJournal();
    journal.put(logRecord('a'));
    const gone = await startOtlpTarget();
    await gone[Symbol.asyncDispose]();
    await using run = runDelivery([targetAt(gone.url)], { journal });
    await until(() =>
      expect(run.log.entries[0]?.fields).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') }),
    );
    expect(journal.cursors.size).toBe(0);
  });

  test.each([401, 403, 404, 302])('and answers %i loses nothing and is told once', async (status) => {
    let isFixed = false;
    await using target = await startOtlpTarget(() => (isFixed ? undefined : { status, body: 'no entry' }));
    await using run = runDelivery([targetAt(target.url)]);
    run.journal.put(logRecord('a'), logRecord('b'));
    await until(() => expect(target.requests.length).toBeGreaterThan(3));
    const status_ = (await run.delivery.status()).find(({ lane }) => lane === 'logs');
    expect(status_).toMatchObject({ state: 'misconfigured', lastError: `${status} no entry`, lagRecords: 2 });
    isFixed = true;
    await until(() => expect(run.journal.cursors.get('collector logs')).toBe(2));
    expect(run.journal.deadLetters).toEqual([]);
    expect(run.log.messages('warn')).toHaveLength(1);
  });

  test('and is a web page is taken for a wrong address', async () => {
    await using target = await startOtlpTarget(() => ({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>',
    }));
    await using run = runDelivery([targetAt(target.url)]);
    run.journal.put(logRecord('a'));
    await until(() => expect(target.requests.length).toBeGreaterThan(1));
    expect(run.journal.cursors.size).toBe(0);
  });
});

describe('a record that a target refuses', () => {
  const BAD = ['r3', 'r77', 'r78', 'r499'];

  test.each([
    ['400', { status: 400, body: 'timestamp too old' }, '400 timestamp too old'],
    ['413', { status: 413, body: '' }, '413'],
    [
      'partial success',
      { status: 200, body: encodeResponse('logs', { rejected: 1, message: 'too old' }, 'protobuf') },
      'partial success: 1 rejected: too old',
    ],
  ])('with %s is found among 500 and set aside, all others arrive in order', async (_, answer, reason) => {
    await using target = await startOtlpTarget((request) =>
      BAD.some((name) => carries(request, name)) ? answer : undefined,
    );
    const journal = new MemoryJournal();
    const seqs = journal.put(...count('r', 500).map((name) => logRecord(name)));
    await using run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(journal.cursors.get('collector logs')).toBe(500));
    const accepted = target.requests.filter((request) => !BAD.some((name) => carries(request, name)));
    expect(accepted.flatMap(({ request }) => namesOf(request))).toEqual(
      count('r', 500).filter((name) => !BAD.includes(name)),
    );
    expect(journal.deadLetters.map(({ seq }) => seq)).toEqual(BAD.map((name) => seqs[Number(name.slice(1))]));
    expect(new Set(journal.deadLetters.map((letter) => letter.reason))).toEqual(new Set([reason]));
    const status = (await run.delivery.status()).find(({ lane }) => lane === 'logs');
    expect(status?.refusedRecords).toBe(4);
    expect(run.log.messages('warn')).toEqual(['The target refused a record for good: it is a dead letter']);
  });

  test('because it cannot be encoded is set aside without being sent', async () => {
    await using target = await startOtlpTarget();
    const journal = new MemoryJournal();
    journal.put(logRecord('a'), logRecord('b', { timeUnixNano: 'yesterday' }), logRecord('c'));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(journal.cursors.get('collector logs')).toBe(3));
    expect(received(target)).toEqual(['a', 'c']);
    expect(journal.deadLetters).toMatchObject([{ seq: 2, reason: expect.stringContaining('"yesterday"') }]);
  });

  test('with 500 is told from a target that is ill: set aside only when others are accepted', async () => {
    await using target = await startOtlpTarget((request) =>
      carries(request, 'poison') ? { status: 500, body: 'panic' } : undefined,
    );
    const journal = new MemoryJournal();
    journal.put(logRecord('poison'), ...count('r', 9).map((name) => logRecord(name)));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(journal.cursors.get('collector logs')).toBe(10));
    expect(journal.deadLetters).toMatchObject([{ seq: 1, reason: expect.stringContaining('500 panic') }]);
    expect([...new Set(received(target).filter((name) => name !== 'poison'))]).toEqual(count('r', 9));
  });

  test('with 500 among raw requests is found without sending any other twice', async () => {
    await using target = await startOtlpTarget((request) =>
      carries(request, 'poison') ? { status: 500 } : undefined,
    );
    const journal = new MemoryJournal();
    journal.put(rawLogs('poison'), rawLogs('a'), rawLogs('b'));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(journal.cursors.get('collector raw/logs')).toBe(3));
    expect(journal.deadLetters).toMatchObject([{ seq: 1 }]);
    expect(received(target).filter((name) => name !== 'poison')).toEqual(['a', 'b']);
  });

  test('with 500 like every other is kept', async () => {
    let isIll = true;
    await using target = await startOtlpTarget(() => (isIll ? { status: 500 } : undefined));
    const journal = new MemoryJournal();
    journal.put(...count('r', 8).map((name) => logRecord(name)));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(target.requests.length).toBeGreaterThan(40));
    isIll = false;
    await until(() => expect(journal.cursors.get('collector logs')).toBe(8));
    expect(journal.deadLetters).toEqual([]);
    const accepted = target.requests.filter(
      ({ answer }) => answer !== 'hang' && answer !== 'reset' && answer.status === 200,
    );
    expect(new Set(accepted.flatMap(({ request }) => namesOf(request)))).toEqual(new Set(count('r', 8)));
  });

  test.each([9, 10, 11, 12, 13, 14, 15, 16, 20])(
    'with 500 is kept when the target becomes well after %i of them',
    async (errors) => {
      await using target = await startOtlpTarget((_, index) =>
        index < errors ? { status: 500 } : undefined,
      );
      const journal = new MemoryJournal();
      journal.put(logRecord('a'), logRecord('b'));
      await using _run = runDelivery([targetAt(target.url)], { journal });
      await until(() => expect(journal.cursors.get('collector logs')).toBe(2));
      expect(journal.deadLetters).toEqual([]);
    },
  );

  test('with 500 does not let a later point of its series overtake', async () => {
    await using target = await startOtlpTarget((request) =>
      carries(request, 'model-1=1') ? { status: 500 } : undefined,
    );
    const journal = new MemoryJournal();
    journal.put(metricPoint(1, 1), metricPoint(1, 2));
    await using _run = runDelivery([targetAt(target.url)], { journal });
    await until(() => expect(target.requests.length).toBeGreaterThan(15));
    expect(received(target)).not.toContain('model-1=2');
    journal.put(metricPoint(2, 1));
    await until(() => expect(journal.cursors.get('collector metrics')).toBe(3));
    expect(journal.deadLetters).toMatchObject([{ seq: 1 }]);
  });
});

describe('a journal in trouble', () => {
  test('is asked again, and what was accepted is not sent twice', async () => {
    await using target = await startOtlpTarget(() => {
      journal.failures = 3;
      return undefined;
    });
    const journal = new MemoryJournal();
    journal.failures = 2;
    journal.put(logRecord('a'));
    await using run = runDelivery([targetAt(target.url, { signals: ['logs'], raw_endpoint: null })], {
      journal,
    });
    await until(() => expect(journal.cursors.get('collector logs')).toBe(1));
    expect(received(target)).toEqual(['a']);
    await until(async () =>
      expect((await run.delivery.status())[0]).toMatchObject({ state: 'idle', lastError: null }),
    );
  });
});

describe('the end', () => {
  test('sends what is left without waiting for the interval', async () => {
    await using target = await startOtlpTarget();
    const run = runDelivery([targetAt(target.url)], { logIntervalMs: 60_000 });
    run.journal.put(logRecord('a'));
    await until(() => expect(target.requests).toHaveLength(1));
    run.journal.put(logRecord('b'));
    await run.delivery[Symbol.asyncDispose]();
    expect(received(target)).toEqual(['a', 'b']);
    expect((await run.delivery.status()).every(({ state }) => state === 'stopped')).toBe(true);
  });

  test.each([
    ['hangs', 'hang'],
    ['is ill', { status: 503, headers: { 'retry-after': '60' } }],
  ] as const)('does not wait long for a target that %s', async (_, answer) => {
    await using target = await startOtlpTarget(() => answer);
    const timings = { ...FAST, requestTimeoutMs: 60_000, drainMs: 100 };
    const run = runDelivery([targetAt(target.url)], { timings });
    run.journal.put(logRecord('a'));
    await until(() => expect(target.requests).toHaveLength(1));
    const startMs = Date.now();
    await run.delivery[Symbol.asyncDispose]();
    expect(Date.now() - startMs).toBeLessThan(5000);
    expect(run.journal.cursors.size).toBe(0);
  });
});
