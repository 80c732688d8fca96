import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesToMap, attributeValue } from '../../../../otel-bridge/otlp/attributes.ts';
import type { LogsRequest, OtlpLogRecord } from '../../../../otel-bridge/otlp/types.ts';
import { attributeRequest } from '../../../../otel-bridge/sources/otlp/attribute-request.ts';
import { fitSizes } from '../../../../otel-bridge/sources/otlp/fit-sizes.ts';
import { fitTimes } from '../../../../otel-bridge/sources/otlp/fit-times.ts';
import { makeLogs, makeRecord, NOW_MS, nanos } from './make-logs.ts';

const HOUR_MS = 3_600_000;

function recordsOf(request: LogsRequest): OtlpLogRecord[] {
  return request.resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}
function resourcesOf(request: LogsRequest): Record<string, unknown>[] {
  return request.resourceLogs.map(({ resource }) =>
    Object.fromEntries(attributesToMap(resource?.attributes ?? [])),
  );
}
/** Bytes and number of attributes as Loki counts them. */
function weigh(request: LogsRequest, record: OtlpLogRecord): { bytes: number; count: number } {
  const [group] = request.resourceLogs;
  const all = [
    ...(group?.resource?.attributes ?? []),
    ...(group?.scopeLogs[0]?.scope?.attributes ?? []),
    ...record.attributes,
  ];
  const bytes = all.reduce((sum, { key, value }) => {
    const plain = attributeValue(value);
    return (
      sum +
      Buffer.byteLength(key) +
      Buffer.byteLength(typeof plain === 'string' ? plain : JSON.stringify(plain))
    );
  }, 0);
  return { bytes, count: all.length };
}

describe('fitTimes()', () => {
  it('moves records older than 23 h to a resource of their own and leaves the others', () => {
    const request = makeLogs(
      [
        makeRecord({ n: 1 }),
        makeRecord({ n: 2 }, { timeUnixNano: nanos(NOW_MS - 24 * HOUR_MS) }),
        makeRecord({ n: 3 }, { timeUnixNano: nanos(NOW_MS - 2 * HOUR_MS) }),
        makeRecord({ n: 4 }, { timeUnixNano: nanos(NOW_MS - 8 * 24 * HOUR_MS) }),
      ],
      { 'service.name': 'claude-code', project: 'demo' },
    );
    fitTimes(request, NOW_MS);
    expect(resourcesOf(request)).toEqual([
      { 'service.name': 'claude-code', project: 'demo' },
      { 'service.name': 'claude-code-history', project: 'demo' },
    ]);
    const numbers = request.resourceLogs.map((group) =>
      recordsOf({ resourceLogs: [group] }).map(({ attributes }) => attributes[0]?.value?.intValue),
    );
    expect(numbers).toEqual([
      ['1', '3'],
      ['2', '4'],
    ]);
    expect(recordsOf(request)[2]?.timeUnixNano).toBe(nanos(NOW_MS - 24 * HOUR_MS));
  });

  it('names the history of a service without a name', () => {
    const request = makeLogs([makeRecord({}, { timeUnixNano: '1000000000' })], {});
    fitTimes(request, NOW_MS);
    expect(resourcesOf(request)).toEqual([{ 'service.name': 'unknown_service-history' }]);
  });

  it('brings records from the future near and keeps their own time', () => {
    const request = makeLogs([
      makeRecord({ n: 1 }, { timeUnixNano: nanos(NOW_MS + 9 * 60_000) }),
      makeRecord({ n: 2 }, { timeUnixNano: `${NOW_MS + 11 * 60_000}123456` }),
      makeRecord({ n: 3 }, { timeUnixNano: '18446744073709551615' }),
    ]);
    fitTimes(request, NOW_MS);
    const [near, far, end] = recordsOf(request);
    expect(near).toMatchObject({ timeUnixNano: nanos(NOW_MS + 9 * 60_000), attributes: [{ key: 'n' }] });
    expect(far).toMatchObject({
      timeUnixNano: nanos(NOW_MS + 9 * 60_000),
      attributes: [
        { key: 'n' },
        { key: 'event.ts', value: { stringValue: '2026-11-21T10:11:00.000123456Z' } },
      ],
    });
    expect(end?.attributes[1]?.value?.stringValue).toBe('2554-07-21T23:34:33.709551615Z');
  });

  it('goes by the time of observation, and by the time of receipt where there is none', () => {
    const request = makeLogs([
      makeRecord({}, { timeUnixNano: '0', observedTimeUnixNano: nanos(NOW_MS - 48 * HOUR_MS) }),
      makeRecord({}, { timeUnixNano: '0', observedTimeUnixNano: '0' }),
    ]);
    fitTimes(request, NOW_MS);
    expect(resourcesOf(request).map((resource) => resource['service.name'])).toEqual([
      'claude-code',
      'claude-code-history',
    ]);
    expect(recordsOf(request)[0]?.observedTimeUnixNano).toBe(nanos(NOW_MS));
  });
});

describe('fitSizes()', () => {
  it('leaves records alone that fit', () => {
    const request = makeLogs([makeRecord({ a: 'x'.repeat(50_000), b: 1 })]);
    const before = structuredClone(request);
    fitSizes(request);
    expect(request).toEqual(before);
  });

  it('moves a text of 70 KB into the body and leaves its beginning', () => {
    const text = `begin${'x'.repeat(70_000)}end`;
    const request = makeLogs([makeRecord({ tool_input: text, n: 1 })]);
    fitSizes(request);
    const [record] = recordsOf(request);
    expect(record?.body?.stringValue).toBe(`claude_code.tool_result\ntool_input=${text}`);
    expect(record?.attributes[0]?.value?.stringValue).toBe(
      `begin${'x'.repeat(195)} [cut, the whole text is in the body]`,
    );
    expect(record?.attributes[1]).toEqual({ key: 'n', value: { intValue: '1' } });
  });

  it('moves attributes beyond 120 into the body', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`key${n}`, `value${n}`]));
    const request = makeLogs([makeRecord(many)]);
    fitSizes(request);
    const [record] = recordsOf(request);
    const attributes = attributesToMap(record?.attributes ?? []);
    expect(attributes.size).toBeLessThan(120);
    const body = record?.body?.stringValue ?? '';
    for (const [key, value] of Object.entries(many)) {
      expect(attributes.get(key) === value || body.includes(`\n${key}=${value}`)).toBe(true);
    }
  });

  it('keeps labels of the resource short, and its long texts with the first record', () => {
    const request = makeLogs([makeRecord(), makeRecord()], {
      'service.name': 'claude-code',
      project: 'p'.repeat(3000),
      note: 'n'.repeat(70_000),
    });
    fitSizes(request);
    const [resource] = resourcesOf(request);
    expect(String(resource?.project).length).toBeLessThan(1100);
    expect(String(resource?.note).length).toBeLessThan(300);
    const [first, second] = recordsOf(request);
    expect(first?.body?.stringValue).toContain(`project=${'p'.repeat(3000)}\nnote=${'n'.repeat(70_000)}`);
    expect(second?.body?.stringValue).toBe('claude_code.tool_result');
  });

  it('cuts a body beyond the longest line and says how much is missing', () => {
    const request = makeLogs([makeRecord({}, { body: { stringValue: 'ä'.repeat(200_000) } })]);
    fitSizes(request);
    const body = recordsOf(request)[0]?.body?.stringValue ?? '';
    expect(Buffer.byteLength(body)).toBeLessThan(251_000);
    expect(body).toMatch(/ \[cut, 150000 bytes more\]$/);
  });

  it('makes any record fit and loses no text', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.nat(1000),
      fc.nat(3000).map((length) => 'é'.repeat(length)),
    );
    const attributes = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), value, { maxKeys: 200 });
    fc.assert(
      fc.property(attributes, attributes, (record, resource) => {
        const request = makeLogs([makeRecord(record)], { ...resource, 'service.name': 'claude-code' });
        fitSizes(request);
        const [fitted] = recordsOf(request);
        if (fitted === undefined) throw new Error('no record');
        const { bytes, count } = weigh(request, fitted);
        expect(bytes).toBeLessThan(60_000);
        expect(count).toBeLessThan(120);
        const body = fitted.body?.stringValue ?? '';
        const left = [...attributesToMap(fitted.attributes)].concat(
          Object.entries(resourcesOf(request)[0] ?? {}) as [string, string][],
        );
        if (body.endsWith('bytes more]')) return;
        for (const [key, text] of Object.entries(record)) {
          const kept = left.some(([name, own]) => name === key && own === text);
          expect(kept || body.includes(`${key}=${text}`)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('attributeRequest()', () => {
  it('lets the token overwrite what a sender claims, everywhere', () => {
    const logs = makeLogs([makeRecord({ project: 'other', agent: 'other', n: 1 })], {
      'service.name': 'x',
      project: 'other',
      agent: 'own',
    });
    attributeRequest('logs', logs, { project: 'fixed' });
    expect(resourcesOf(logs)).toEqual([{ 'service.name': 'x', project: 'fixed', agent: 'own' }]);
    expect(recordsOf(logs)[0]?.attributes.map(({ key }) => key)).toEqual(['n']);
  });

  it('gives the project of records to a resource without one, and parts records that differ', () => {
    const logs = makeLogs([
      makeRecord({ project: 'a', agent: 'x', n: 1 }),
      makeRecord({ project: 'b', n: 2 }),
      makeRecord({ project: 'a', agent: 'x', n: 3 }),
      makeRecord({ n: 4 }),
    ]);
    attributeRequest('logs', logs, undefined);
    expect(resourcesOf(logs)).toEqual([
      { 'service.name': 'claude-code', project: 'a', agent: 'x' },
      { 'service.name': 'claude-code', project: 'b' },
      { 'service.name': 'claude-code' },
    ]);
    expect(recordsOf(logs).map(({ attributes }) => attributes.map(({ key }) => key))).toEqual([
      ['n'],
      ['n'],
      ['n'],
      ['n'],
    ]);
  });

  it('overwrites the claims of points and spans', () => {
    const claim = (): { key: string; value: { stringValue: string } }[] => [
      { key: 'project', value: { stringValue: 'other' } },
      { key: 'session.id', value: { stringValue: 's' } },
    ];
    const point = {
      attributes: claim(),
      startTimeUnixNano: '1',
      timeUnixNano: '2',
      asInt: '1',
      exemplars: [],
      flags: 0,
    };
    attributeRequest(
      'metrics',
      {
        resourceMetrics: [
          {
            schemaUrl: '',
            scopeMetrics: [
              {
                schemaUrl: '',
                metrics: [
                  {
                    name: 'm',
                    description: '',
                    unit: '',
                    metadata: [],
                    sum: { dataPoints: [point], aggregationTemporality: 2, isMonotonic: true },
                  },
                ],
              },
            ],
          },
        ],
      },
      { project: 'fixed' },
    );
    expect(attributesToMap(point.attributes).get('project')).toBe('fixed');
  });
});
