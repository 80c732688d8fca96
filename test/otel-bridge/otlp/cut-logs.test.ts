import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeParts, decodeRequest, encodeRequest } from '../../../otel-bridge/otlp/codec.ts';
import { cutLogsBody } from '../../../otel-bridge/otlp/cut-logs.ts';
import type { LogsRequest } from '../../../otel-bridge/otlp/types.ts';

const attribute = fc.record({
  key: fc.string(),
  value: fc.record({ stringValue: fc.string({ maxLength: 200 }) }),
});
const request = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource: fc.record({ attributes: fc.array(attribute, { maxLength: 3 }) }),
      schemaUrl: fc.string(),
      scopeLogs: fc.array(
        fc.record({
          scope: fc.record({ name: fc.string(), version: fc.string() }),
          schemaUrl: fc.string(),
          logRecords: fc.array(fc.record({ eventName: fc.string(), attributes: fc.array(attribute) })),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 4 },
  ),
});

/** Every record with the resource and scope that it belongs to. */
function told({ resourceLogs }: LogsRequest): unknown[] {
  return resourceLogs.flatMap(({ resource, schemaUrl, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, schemaUrl: scopeUrl, logRecords }) =>
      logRecords.map((record) => ({ resource, schemaUrl, scope, scopeUrl, record })),
    ),
  );
}

function body(records: number): Buffer {
  const logRecords = Array.from({ length: records }, (_, index) => ({ eventName: `event ${index}` }));
  return Buffer.from(encodeRequest('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
}

describe('a body of log records that is cut', () => {
  it('says the same, in order, in parts that are not too long', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 7 }), (of, maxRecords) => {
        const whole = Buffer.from(encodeRequest('logs', of));
        const expected = told(decodeRequest('logs', whole, 'protobuf'));
        const parts = (cutLogsBody(whole, maxRecords) ?? [{ bytes: () => whole }]).map((part) =>
          told(decodeRequest('logs', part.bytes(), 'protobuf')),
        );
        expect(parts.flat()).toEqual(expected);
        if (expected.length > maxRecords) expect(parts.length).toBe(Math.ceil(expected.length / maxRecords));
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(maxRecords);
      }),
    );
  });

  it('stays whole where it is short, cut off or nothing that is understood', () => {
    const whole = body(10);
    expect(cutLogsBody(whole, 10)).toBeNull();
    expect(cutLogsBody(whole, 4)).toHaveLength(3);
    for (let end = 1; end < whole.length; end += 1) {
      const damaged = whole.subarray(0, end);
      expect(() => [...decodeParts('logs', damaged, 'protobuf')]).toThrow();
      expect(cutLogsBody(damaged, 1)).toBeNull();
    }
    expect(cutLogsBody(Buffer.from([0x08, 0x01]), 1)).toBeNull();
    expect(cutLogsBody(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), 1)).toBeNull();
  });
});

describe('a request in parts', () => {
  it('is one of so many records at once', () => {
    const counts = [...decodeParts('logs', body(150), 'protobuf')].map((part) => told(part).length);
    expect(counts).toEqual([64, 64, 22]);
  });

  it('fails where one of its parts is damaged', () => {
    const damaged = body(150);
    // The name of the last record: bytes that are no text make it none.
    damaged[damaged.length - 10] = 0x0f;
    expect(() => [...decodeParts('logs', damaged, 'protobuf')]).toThrow();
  });
});
