import { describe, expect, test } from 'vitest';
import type { OtlpAnswer } from '../../../otel-bridge/delivery/otlp-transport.ts';
import { type SendResult, toSendResult } from '../../../otel-bridge/delivery/send-result.ts';
import { encodeError, encodeResponse } from '../../../otel-bridge/otlp/codec.ts';

const PROTOBUF = 'application/x-protobuf';

function judge(
  code: number,
  body: Uint8Array | string = '',
  contentType = PROTOBUF,
  retryAfter?: string,
): SendResult {
  const answer: OtlpAnswer = {
    status: 'answered',
    code,
    contentType,
    retryAfter: retryAfter ?? null,
    body: Buffer.from(body),
  };
  return toSendResult('logs', answer, 0);
}

describe('toSendResult()', () => {
  test.each([
    [400, 'refused'],
    [413, 'refused'],
    [415, 'refused'],
    [401, 'misconfigured'],
    [403, 'misconfigured'],
    [404, 'misconfigured'],
    [301, 'misconfigured'],
    [408, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [501, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
    [200, 'accepted'],
    [204, 'accepted'],
  ])('takes %i as %s', (code, status) => {
    expect(judge(code).status).toBe(status);
  });

  test('tells an error of the server from a server that is away', () => {
    expect(judge(500)).toMatchObject({ isServerError: true });
    expect(judge(503)).toMatchObject({ isServerError: false });
  });

  test.each(['protobuf', 'json'] as const)('takes the reason from a status in %s', (encoding) => {
    const body = encodeError({ code: 3, message: 'timestamp too new' }, encoding);
    const contentType = encoding === 'json' ? 'application/json' : PROTOBUF;
    expect(judge(400, body, contentType)).toEqual({ status: 'refused', reason: '400 timestamp too new' });
  });

  test('takes the reason from the text where the body is no status', () => {
    expect(judge(400, 'no\n\tway', 'text/plain')).toMatchObject({ reason: '400 no way' });
    expect(judge(400, 'no way', PROTOBUF)).toMatchObject({ reason: '400 no way' });
    expect(judge(400, 'x'.repeat(9999), 'text/plain')).toMatchObject({ reason: `400 ${'x'.repeat(500)}` });
  });

  test('takes a partial success as refused, and a warning as accepted', () => {
    expect(judge(200, encodeResponse('logs', { rejected: 2, message: 'old' }, 'protobuf'))).toEqual({
      status: 'refused',
      reason: 'partial success: 2 rejected: old',
    });
    expect(judge(200, encodeResponse('logs', { rejected: 0, message: 'slow down' }, 'protobuf'))).toEqual({
      status: 'accepted',
      warning: 'slow down',
    });
  });

  test('takes a 200 that cannot be read as accepted, with a warning', () => {
    expect(judge(200, 'gibberish')).toMatchObject({
      status: 'accepted',
      warning: expect.stringContaining('Cannot decode'),
    });
    expect(judge(200, 'ok', 'text/plain')).toEqual({ status: 'accepted', warning: null });
  });

  test('takes a web page as a wrong address', () => {
    expect(judge(200, '<html>', 'text/html; charset=utf-8')).toMatchObject({ status: 'misconfigured' });
  });
});
