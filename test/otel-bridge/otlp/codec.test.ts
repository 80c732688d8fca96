import { describe, expect, test } from 'vitest';
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeRequestJson,
  encodeResponse,
} from '../../../otel-bridge/otlp/codec.ts';
import type { AnyValue, OtlpLogRecord } from '../../../otel-bridge/otlp/types.ts';
import { referenceType } from '../../helpers/otlp-reference.ts';

const json = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** Decodes one log record written as JSON. */
function decodeLog(record: unknown): OtlpLogRecord {
  const text = typeof record === 'string' ? record : JSON.stringify(record);
  const body = json(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${text}]}]}]}`);
  const decoded = decodeRequest('logs', body, 'json').resourceLogs[0]?.scopeLogs[0]?.logRecords[0];
  if (decoded === undefined) throw new Error('no log record');
  return decoded;
}

const bodyOf = (value: unknown): AnyValue | undefined => decodeLog({ body: value }).body;

describe('decodeRequest() of JSON', () => {
  test('fills every field of a log record that the sender left out', () => {
    expect(decodeLog({})).toStrictEqual({
      timeUnixNano: '0',
      observedTimeUnixNano: '0',
      severityNumber: 0,
      severityText: '',
      attributes: [],
      droppedAttributesCount: 0,
      flags: 0,
      traceId: '',
      spanId: '',
      eventName: '',
    });
  });

  test('accepts 64-bit integers as strings and as numbers', () => {
    expect(decodeLog({ timeUnixNano: '1544712660300000000' }).timeUnixNano).toBe('1544712660300000000');
    expect(decodeLog({ timeUnixNano: 1544712660 }).timeUnixNano).toBe('1544712660');
    expect(bodyOf({ intValue: 42 })).toStrictEqual({ intValue: '42' });
    expect(bodyOf({ intValue: '-9223372036854775808' })).toStrictEqual({ intValue: '-9223372036854775808' });
  });

  test('keeps every digit of a number beyond 2^53', () => {
    expect(decodeLog('{"timeUnixNano": 1544712660300000123}').timeUnixNano).toBe('1544712660300000123');
    expect(decodeLog('{"body": {"intValue":9007199254740993}}').body).toStrictEqual({
      intValue: '9007199254740993',
    });
    expect(decodeLog('{"body": {"doubleValue":12345678901234567890}}').body).toStrictEqual({
      doubleValue: 1.2345678901234567e19,
    });
  });

  test('accepts enums by name and by number', () => {
    expect(decodeLog({ severityNumber: 'SEVERITY_NUMBER_INFO2' }).severityNumber).toBe(10);
    expect(decodeLog({ severityNumber: 24 }).severityNumber).toBe(24);
    expect(decodeLog({ severityNumber: 'SEVERITY_NUMBER_FATAL4' }).severityNumber).toBe(24);
    expect(decodeLog({ severityNumber: '17' }).severityNumber).toBe(17);
  });

  test('accepts ids in hex of either case and in base64', () => {
    const traceId = '5b8efff798038103d269b633813fc60c';
    expect(decodeLog({ traceId: traceId.toUpperCase() }).traceId).toBe(traceId);
    expect(decodeLog({ traceId: Buffer.from(traceId, 'hex').toString('base64') }).traceId).toBe(traceId);
    const spanId = 'eee19b7ec3c1b174';
    expect(decodeLog({ spanId: Buffer.from(spanId, 'hex').toString('base64') }).spanId).toBe(spanId);
  });

  test('tells the empty value, an absent value and null apart from the empty string', () => {
    expect(
      decodeLog({ attributes: [{ key: 'a', value: {} }, { key: 'b' }, { key: 'c', value: null }] })
        .attributes,
    ).toStrictEqual([{ key: 'a', value: {} }, { key: 'b' }, { key: 'c' }]);
    expect(bodyOf({ stringValue: '' })).toStrictEqual({ stringValue: '' });
    expect(bodyOf({ stringValue: null })).toStrictEqual({});
  });

  test('accepts the names of the .proto file as keys', () => {
    const body = json({
      resource_logs: [{ scope_logs: [{ log_records: [{ time_unix_nano: '7', event_name: 'x' }] }] }],
    });
    const record = decodeRequest('logs', body, 'json').resourceLogs[0]?.scopeLogs[0]?.logRecords[0];
    expect(record).toMatchObject({ timeUnixNano: '7', eventName: 'x' });
  });

  test('reads doubles that JSON has no number for', () => {
    expect(bodyOf({ doubleValue: 'NaN' })).toStrictEqual({ doubleValue: Number.NaN });
    expect(bodyOf({ doubleValue: '-Infinity' })).toStrictEqual({ doubleValue: Number.NEGATIVE_INFINITY });
    expect(bodyOf({ doubleValue: '0.5' })).toStrictEqual({ doubleValue: 0.5 });
  });

  test('takes base64 with the alphabet of URLs as well', () => {
    expect(bodyOf({ bytesValue: '-_8' })).toStrictEqual({ bytesValue: '+/8=' });
  });

  test('lets the last member of a oneof count', () => {
    expect(bodyOf({ stringValue: 'a', intValue: 1 })).toStrictEqual({ intValue: '1' });
  });

  test('passes over unknown keys, also those of prototypes', () => {
    expect(decodeLog('{"__proto__": {"flags": 1}, "constructor": 1, "later": {}}').flags).toBe(0);
  });

  test('replaces lone surrogates, which have no UTF-8', () => {
    expect(bodyOf({ stringValue: 'a\ud800b' })).toStrictEqual({ stringValue: 'a\ufffdb' });
  });
});

describe('decodeRequest() of what is no request', () => {
  const cases: [string, string, string][] = [
    ['no JSON', '{"resourceLogs" []}', 'it is not JSON at position 16'],
    ['nothing', '', 'it is not JSON'],
    ['an array', '[]', 'the body: found an array, expected an object'],
    ['an object for a list', '{"resourceLogs":{}}', 'resourceLogs: found an object, expected an array'],
    [
      'a word for a time',
      '{"resourceLogs":[{},{"scopeLogs":[{"logRecords":[{"timeUnixNano":"now"}]}]}]}',
      'resourceLogs[1].scopeLogs[0].logRecords[0].timeUnixNano: found "now", expected a uint64 in decimal',
    ],
    [
      'a time beyond 64 bits',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"18446744073709551616"}]}]}]}',
      'found "18446744073709551616", expected a uint64 in decimal',
    ],
    [
      'a long text for an id, which is not repeated',
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"${'secret '.repeat(9)}"}]}]}]}`,
      'traceId: found a string of 63 characters, expected an id in hex',
    ],
    [
      'an unknown enum name',
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"LOUD"}]}]}]}',
      'found "LOUD", expected one of SEVERITY_NUMBER_UNSPECIFIED,',
    ],
  ];
  test.each(cases)('refuses %s', (_, body, problem) => {
    expect(() => decodeRequest('logs', json(body), 'json')).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(problem) }),
    );
  });

  test('never repeats the text that is not JSON', () => {
    expect(() => decodeRequest('logs', json('hush hush'), 'json')).toThrow(
      'Cannot decode OTLP logs request (json, 9 bytes): it is not JSON',
    );
  });

  test.each([
    ['cut', [0x0a, 5, 1], 'ResourceLogs is cut off at byte 3'],
    ['of another wire type', [0x08, 1], 'ExportLogsServiceRequest.resourceLogs has wire type 0'],
    ['with field number 0', [0x00, 1], 'illegal tag'],
    ['with a string beyond its message', [0x0a, 3, 0x1a, 9, 1], 'out of range'],
  ])('refuses protobuf that is %s', (_, bytes, problem) => {
    expect(() => decodeRequest('logs', Uint8Array.from(bytes), 'protobuf')).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(problem) }),
    );
  });

  test.each(['json', 'protobuf'] as const)('refuses values nested too deeply in %s', (encoding) => {
    let value: AnyValue = { stringValue: 'x' };
    for (let level = 0; level < 200; level += 1) value = { arrayValue: { values: [value] } };
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: value }] }] }] };
    const body = encoding === 'json' ? encodeRequestJson('logs', request) : encodeRequest('logs', request);
    expect(() => decodeRequest('logs', body, encoding)).toThrow('nested deeper than 100 levels');
  });
});

describe('decodeRequest() of protobuf', () => {
  test('reads lists of numbers that are not packed', () => {
    // Buckets{offset: -1, bucket_counts: 1, 300}, each number with its own tag, inside the six messages around it.
    const wrap = (field: number, inner: number[]): number[] => [(field << 3) | 2, inner.length, ...inner];
    const buckets = [0x08, 1, 0x10, 1, 0x10, 0xac, 0x02];
    const body = wrap(1, wrap(2, wrap(2, wrap(10, wrap(1, wrap(8, buckets))))));
    const metric = decodeRequest('metrics', Uint8Array.from(body), 'protobuf').resourceMetrics[0]
      ?.scopeMetrics[0]?.metrics[0];
    expect(metric?.exponentialHistogram?.dataPoints[0]?.positive).toStrictEqual({
      offset: -1,
      bucketCounts: ['1', '300'],
    });
  });

  test('passes over unknown fields of every wire type', () => {
    const unknown = [
      0xf8, 7, 1, 0xf9, 7, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 7, 1, 9, 0xfd, 7, 1, 2, 3, 4, 0xfb, 7, 8, 1, 0xfc, 7,
    ];
    expect(decodeRequest('traces', Uint8Array.from(unknown), 'protobuf')).toStrictEqual({
      resourceSpans: [],
    });
  });

  test('takes an empty body as an empty request', () => {
    expect(decodeRequest('metrics', new Uint8Array(), 'protobuf')).toStrictEqual({ resourceMetrics: [] });
  });
});

describe('encodeRequest()', () => {
  test('takes a request with only some fields and leaves defaults out', () => {
    expect(
      encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ flags: 0 }] }] }] }),
    ).toStrictEqual(Buffer.from([0x0a, 4, 0x12, 2, 0x12, 0]));
  });

  test('refuses an integer that does not fit', () => {
    const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: '-1' }] }] }] };
    expect(() => encodeRequest('logs', request)).toThrow('found "-1", expected a uint64 in decimal');
  });
});

describe('responses', () => {
  const signals = [
    ['logs', 'ExportLogsServiceResponse', 'rejectedLogRecords'],
    ['metrics', 'ExportMetricsServiceResponse', 'rejectedDataPoints'],
    ['traces', 'ExportTraceServiceResponse', 'rejectedSpans'],
  ] as const;

  test.each(signals)('for %s name the rejected count as the specification does', (signal, type, count) => {
    const result = { rejected: 3, message: 'too old' };
    const partialSuccess = { [count]: '3', errorMessage: 'too old' };
    expect(JSON.parse(Buffer.from(encodeResponse(signal, result, 'json')).toString())).toEqual({
      partialSuccess,
    });
    const reference = referenceType(type);
    const bytes = encodeResponse(signal, result, 'protobuf');
    expect(reference.toObject(reference.decode(bytes), { longs: String })).toEqual({ partialSuccess });
    expect(decodeResponse(signal, bytes, 'protobuf')).toEqual(result);
    expect(decodeResponse(signal, encodeResponse(signal, result, 'json'), 'json')).toEqual(result);
  });

  test('are empty when everything was taken', () => {
    const all = { rejected: 0, message: '' };
    expect(encodeResponse('logs', all, 'protobuf')).toHaveLength(0);
    expect(Buffer.from(encodeResponse('logs', all, 'json')).toString()).toBe('{}');
    expect(decodeResponse('logs', new Uint8Array(), 'protobuf')).toEqual(all);
    expect(decodeResponse('logs', json('{"partialSuccess":{}}'), 'json')).toEqual(all);
  });
});
