import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCode } from '../../../otel-bridge/domain/error.ts';
import type { Signal } from '../../../otel-bridge/domain/outbox.ts';
import { decodeRequest, encodeRequest, encodeRequestJson } from '../../../otel-bridge/otlp/codec.ts';
import type { OtlpEncoding } from '../../../otel-bridge/otlp/types.ts';
import { anyRequest, referenceEncode, referenceRecode } from '../../helpers/otlp-reference.ts';

const SIGNALS: readonly Signal[] = ['logs', 'metrics', 'traces'];
const RUNS = { numRuns: 150 };

describe.each(SIGNALS)('any request of %s', (signal) => {
  test('decodes from what protobufjs encoded', () => {
    fc.assert(
      fc.property(anyRequest(signal), (request) => {
        expect(decodeRequest(signal, referenceEncode(signal, request), 'protobuf')).toStrictEqual(request);
      }),
      RUNS,
    );
  });

  test('survives protobuf, also by way of protobufjs', () => {
    fc.assert(
      fc.property(anyRequest(signal), (request) => {
        const body = encodeRequest(signal, request);
        expect(decodeRequest(signal, body, 'protobuf')).toStrictEqual(request);
        expect(decodeRequest(signal, referenceRecode(signal, body), 'protobuf')).toStrictEqual(request);
      }),
      RUNS,
    );
  });

  test('survives JSON', () => {
    fc.assert(
      fc.property(anyRequest(signal), (request) => {
        expect(decodeRequest(signal, encodeRequestJson(signal, request), 'json')).toStrictEqual(request);
      }),
      RUNS,
    );
  });
});

/** Anything but a result or an `invalid` error fails. */
function attempt(signal: Signal, body: Uint8Array, encoding: OtlpEncoding): void {
  try {
    decodeRequest(signal, body, encoding);
  } catch (error) {
    expect(errorCode(error)).toBe('invalid');
  }
}

describe('bytes that are no request', () => {
  test('give a result or an error that says invalid, nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), fc.uint8Array({ maxLength: 200 }), (signal, body) => {
        attempt(signal, body, 'protobuf');
        attempt(signal, body, 'json');
      }),
      { numRuns: 2000 },
    );
  });

  test('do so too when they are a damaged or cut request', () => {
    fc.assert(
      fc.property(anyRequest('metrics'), fc.nat(), fc.nat(255), (request, position, byte) => {
        const body = Buffer.from(encodeRequest('metrics', request));
        if (body.length === 0) return;
        attempt('metrics', body.subarray(0, position % body.length), 'protobuf');
        body[position % body.length] = byte;
        attempt('metrics', body, 'protobuf');
      }),
      { numRuns: 1000 },
    );
  });

  test('do so too for any JSON value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), fc.json(), (signal, json) => {
        attempt(signal, Buffer.from(json), 'json');
      }),
      { numRuns: 1000 },
    );
  });
});
