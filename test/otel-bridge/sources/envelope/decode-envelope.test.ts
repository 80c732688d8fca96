import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEnvelope } from '../../../../otel-bridge/sources/envelope/decode-envelope.ts';

const FROM = { origin: 'ingest' } as const;

function makeEnvelope(event: object = {}, rest: object = {}): object {
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: 'e1',
      type: 'run.end',
      ts: '2026-11-21T10:00:00Z',
      source: { framework: 'openclaw', client_id: 'zap', host: 'zap' },
      ...event,
    },
    ...rest,
  };
}

describe('decodeEnvelope()', () => {
  it('reads an envelope as agentmon senders write it', () => {
    const { event } = decodeEnvelope(
      makeEnvelope(
        { seq: 7 },
        {
          correlation: {
            session_id: 'agent:main:main',
            run_id: 'r',
            span_id: 's',
            parent_span_id: 'p',
            trace_id: 't',
          },
          attributes: { project: 'demo' },
          payload: { status: 'success', usage: { input_tokens: 1 } },
        },
      ),
      { origin: 'ingest', claims: { project: 'fixed' } },
    );
    expect(event).toEqual({
      id: 'e1',
      type: 'run.end',
      tsMs: Date.parse('2026-11-21T10:00:00Z'),
      tsNanos: 0,
      seq: 7,
      source: { framework: 'openclaw', clientId: 'zap', host: 'zap' },
      correlation: { sessionId: 'agent:main:main', runId: 'r', spanId: 's', parentSpanId: 'p', traceId: 't' },
      attributes: { project: 'demo' },
      payload: { status: 'success', usage: { input_tokens: 1 } },
      origin: 'ingest',
      claims: { project: 'fixed' },
    });
  });

  it('treats nulls, absent fields and unknown types as an envelope that says less', () => {
    const bare = decodeEnvelope(
      makeEnvelope({ type: 'swarm.snapshot', source: null, seq: null }),
      FROM,
    ).event;
    const nulls = decodeEnvelope(
      makeEnvelope(
        { type: 'swarm.snapshot', source: { framework: null, client_id: null }, seq: undefined },
        { correlation: null, attributes: null, payload: null },
      ),
      FROM,
    ).event;
    expect(bare).toEqual(nulls);
    expect(bare).toMatchObject({ type: 'swarm.snapshot', source: { framework: 'unknown' }, payload: {} });
  });

  it('keeps what is not shaped as expected but still means something', () => {
    const { event } = decodeEnvelope(
      makeEnvelope(
        { id: 42, seq: '12', source: 'codex' },
        { payload: [1, 2], correlation: { session_id: 9 } },
      ),
      FROM,
    );
    expect(event).toMatchObject({
      id: '42',
      seq: 12,
      source: { framework: 'codex' },
      payload: { value: [1, 2] },
      correlation: { sessionId: '9' },
    });
  });

  it.each([
    ['2026-11-21T10:00:00Z', 0, 0],
    ['2026-11-21T10:00:00.123456789Z', 123, 456789],
    ['2026-11-21t11:00:00.5+01:00', 500, 0],
    ['2026-11-21 04:30:00.000001-0530', 0, 1000],
    ['2026-11-21T10:00:00.1234567899999z', 123, 456789],
    ['2026-11-21T09:59:60Z', 0, 0],
  ])('reads the time %s', (ts, ms, nanos) => {
    const { event } = decodeEnvelope(makeEnvelope({ ts }), FROM);
    expect(event?.tsMs).toBe(Date.parse('2026-11-21T10:00:00Z') + ms);
    expect(event?.tsNanos).toBe(nanos);
  });

  it.each([
    [1763719200000, 1763719200000, 0],
    ['1763719200000', 1763719200000, 0],
    [1763719200000.25, 1763719200000, 250000],
  ])('reads unix milliseconds %s', (ts, tsMs, tsNanos) => {
    expect(decodeEnvelope(makeEnvelope({ ts }), FROM).event).toMatchObject({ tsMs, tsNanos });
  });

  it('keeps every nanosecond of any time', () => {
    const times = fc.record({
      ms: fc.integer({ min: 1e11, max: 4e12 }),
      nanos: fc.integer({ min: 0, max: 999_999 }),
      offset: fc.integer({ min: -14 * 60, max: 14 * 60 }),
    });
    fc.assert(
      fc.property(times, ({ ms, nanos, offset }) => {
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0');
        const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
        const ts = `${local}${String(nanos).padStart(6, '0')}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
        expect(decodeEnvelope(makeEnvelope({ ts }), FROM).event).toMatchObject({ tsMs: ms, tsNanos: nanos });
      }),
    );
  });

  it.each([
    [[], null, 'not_an_object', 'found an array, expected an envelope'],
    ['x', null, 'not_an_object', 'found "x", expected an envelope'],
    [null, null, 'not_an_object', 'found nothing, expected an envelope'],
    [{ event: { id: 'e' } }, 'e', 'wrong_schema', 'found nothing, expected "agentmon.event" version 1'],
    [
      { schema: { name: 'agentmon.event', version: 2 }, event: { id: 'e' } },
      'e',
      'wrong_schema',
      'found "agentmon.event" version 2',
    ],
    [{ schema: { name: 'agentmon.event', version: 1 } }, null, 'no_event', 'event: found nothing'],
    [makeEnvelope({ id: '' }), null, 'no_id', 'event.id: found "", expected a text of 1 to 1024 characters'],
    [makeEnvelope({ id: {} }), null, 'no_id', 'event.id: found an object'],
    [makeEnvelope({ type: null }), 'e1', 'no_type', 'event.type: found nothing'],
    [makeEnvelope({ ts: undefined }), 'e1', 'bad_ts', 'event.ts: found nothing'],
    [makeEnvelope({ ts: 'yesterday' }), 'e1', 'bad_ts', 'event.ts: found "yesterday", expected RFC 3339'],
    [makeEnvelope({ ts: '2026-11-21T10:00:00' }), 'e1', 'bad_ts', 'with an offset'],
    [makeEnvelope({ ts: '2026-02-30T10:00:00Z' }), 'e1', 'bad_ts', 'no date and time that exists'],
    [makeEnvelope({ ts: '0001-01-01T00:00:00Z' }), 'e1', 'bad_ts', 'a time from 1970 to 5138'],
    [makeEnvelope({ ts: '9999-12-31T23:59:59Z' }), 'e1', 'bad_ts', 'a time from 1970 to 5138'],
    [makeEnvelope({ ts: 1763719200 }), 'e1', 'bad_ts', 'expected unix milliseconds'],
    [makeEnvelope({ ts: '1763719200000000000' }), 'e1', 'bad_ts', 'found "1763719200000000000"'],
    [makeEnvelope({ ts: true }), 'e1', 'bad_ts', 'found true'],
  ])('refuses %j', (value, id, code, message) => {
    expect(decodeEnvelope(value, FROM).rejection).toMatchObject({
      id,
      code,
      message: expect.stringContaining(message),
    });
  });

  it('answers every JSON value with an event or a rejection', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({
        schema: fc.constant({ name: 'agentmon.event', version: 1 }),
        event: fc.record(
          {
            id: fc.jsonValue(),
            type: fc.jsonValue(),
            ts: fc.jsonValue(),
            seq: fc.jsonValue(),
            source: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        correlation: fc.jsonValue(),
        payload: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(value, (input) => {
        const { event, rejection } = decodeEnvelope(input, FROM);
        expect((event === undefined) !== (rejection === undefined)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
