import { describe, expect, test } from 'vitest';
import { encodeInTurns, encodeRecords } from '../../../otel-bridge/delivery/encode-records.ts';
import { decodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import { logRecord, metricPoint, spanRecord } from '../../helpers/outbox-records.ts';

const SCOPE = { name: 'agent-monitor', version: '1.2.3' };
const OTHER = { 'service.name': 'codex', project: 'other' };
const number = <T extends object>(records: T[]): (T & { seq: number })[] =>
  records.map((record, i) => ({ ...record, seq: i + 1 }));

describe('encodeRecords()', () => {
  test('writes log records with every field, grouped by resource in order', () => {
    const records = number([
      logRecord('a', {
        traceId: '5b8efff798038103d269b633813fc60c',
        spanId: 'eee19b7ec3c1b174',
        attributes: { text: 't', whole: 3, part: 0.5, yes: true, many: ['x', 'y'] },
      }),
      logRecord('b', { resource: OTHER }),
      logRecord('c'),
    ]);
    const { resourceLogs } = decodeRequest('logs', encodeRecords(records, SCOPE), 'protobuf');
    expect(
      resourceLogs.map(({ scopeLogs }) => scopeLogs[0]?.logRecords.map(({ body }) => body?.stringValue)),
    ).toEqual([['a', 'c'], ['b']]);
    expect(resourceLogs[1]?.resource?.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'codex' } },
      { key: 'project', value: { stringValue: 'other' } },
    ]);
    expect(resourceLogs[0]?.scopeLogs[0]?.scope).toMatchObject(SCOPE);
    expect(resourceLogs[0]?.scopeLogs[0]?.logRecords[0]).toEqual({
      timeUnixNano: '1700000000000000000',
      observedTimeUnixNano: '1700000000000000001',
      severityNumber: 9,
      severityText: 'INFO',
      body: { stringValue: 'a' },
      attributes: [
        { key: 'text', value: { stringValue: 't' } },
        { key: 'whole', value: { intValue: '3' } },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'yes', value: { boolValue: true } },
        { key: 'many', value: { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: 'y' }] } } },
      ],
      droppedAttributesCount: 0,
      flags: 0,
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      eventName: '',
    });
  });

  test('writes spans with parent and status', () => {
    const records = number([
      spanRecord('child', {
        parentSpanId: '00f067aa0ba902b7',
        statusCode: 2,
        statusMessage: 'boom',
        kind: 3,
      }),
    ]);
    const { resourceSpans } = decodeRequest('traces', encodeRecords(records, SCOPE), 'protobuf');
    expect(resourceSpans[0]?.scopeSpans[0]?.spans[0]).toMatchObject({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      parentSpanId: '00f067aa0ba902b7',
      name: 'child',
      kind: 3,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000001000000000',
      status: { code: 2, message: 'boom' },
    });
  });

  test('writes counters as monotonic cumulative sums, gauges without a beginning, histograms with their buckets', () => {
    const histogram = { count: 3, sum: 1.5, bounds: [0.5, 1], bucketCounts: [1, 2, 0] };
    const records = number([
      metricPoint(1, 7),
      metricPoint(2, 8),
      metricPoint(3, 2, { metric: 'agent.session.active', unit: '{session}', kind: 'gauge' }),
      metricPoint(4, histogram, { metric: 'agent.run.duration', unit: 's', kind: 'histogram' }),
      metricPoint(5, 0, { metric: 'agent.context.limit', kind: 'gauge', gone: true }),
    ]);
    const request = decodeRequest('metrics', encodeRecords(records, SCOPE), 'protobuf');
    const [tokens, active, duration, gone] = request.resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? [];
    expect(tokens).toMatchObject({
      name: 'agent.token.usage',
      unit: '{token}',
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          { asDouble: 7, startTimeUnixNano: '1700000000000000000', timeUnixNano: '1700000010000000000' },
          { asDouble: 8 },
        ],
      },
    });
    expect(active).toMatchObject({
      unit: '{session}',
      gauge: { dataPoints: [{ asDouble: 2, startTimeUnixNano: '0' }] },
    });
    expect(duration).toMatchObject({
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ count: '3', sum: 1.5, explicitBounds: [0.5, 1], bucketCounts: ['1', '2', '0'] }],
      },
    });
    // FLAG_NO_RECORDED_VALUE, and no value beside it.
    expect(gone?.gauge?.dataPoints).toMatchObject([{ flags: 1 }]);
    expect(gone?.gauge?.dataPoints[0]).not.toHaveProperty('asDouble');
  });

  test('refuses a histogram whose value is a number', () => {
    const records = number([metricPoint(1, 7, { kind: 'histogram' })]);
    expect(() => encodeRecords(records, SCOPE)).toThrow(
      'histogram "agent.token.usage": its value is a number',
    );
  });
});

describe('encodeInTurns()', () => {
  test('holds every record once and in order, whatever their number, and lets others have their turn', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `${index}`);
    const records = number(
      names.map((name, index) => logRecord(name, index % 3 === 0 ? { resource: OTHER } : {})),
    );
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const encoded = await encodeInTurns(records, SCOPE);
    clearImmediate(next);
    const { resourceLogs } = decodeRequest('logs', encoded, 'protobuf');
    const told = resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) =>
        logRecords.map(({ body }) => ({ name: body?.stringValue, scope: scope?.name, resource })),
      ),
    );
    const namesOf = (of: typeof told): (string | undefined)[] => of.map(({ name }) => name);
    const isOther = ({ resource }: (typeof told)[number]): boolean =>
      resource?.attributes.some(({ value }) => value?.stringValue === 'codex') === true;
    expect(namesOf(told.filter(isOther))).toEqual(names.filter((_, index) => index % 3 === 0));
    expect(namesOf(told.filter((one) => !isOther(one)))).toEqual(names.filter((_, index) => index % 3 !== 0));
    expect(told.every(({ scope }) => scope === SCOPE.name)).toBe(true);
    expect(turns).toBeGreaterThan(0);
    expect(await encodeInTurns(records, SCOPE)).toEqual(encoded);
  });

  test('few records are one list', async () => {
    const records = number([logRecord('a'), logRecord('b', { resource: OTHER }), logRecord('c')]);
    expect(await encodeInTurns(records, SCOPE)).toEqual(encodeRecords(records, SCOPE));
  });
});
