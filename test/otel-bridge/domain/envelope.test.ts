import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ORIGIN_ATTRIBUTE, takeOrigin, toEnvelope } from '../../../otel-bridge/domain/envelope.ts';
import type { Origin } from '../../../otel-bridge/domain/event.ts';
import { decodeEnvelope } from '../../../otel-bridge/sources/envelope/decode-envelope.ts';
import { makeEvent } from '../../helpers/make-event.ts';

describe('toEnvelope()', () => {
  it('writes an event as agentmon writes it, with its origin as an attribute', () => {
    const event = makeEvent({
      id: 'e1',
      type: 'prompt',
      tsMs: Date.parse('2026-11-21T10:30:48.647Z'),
      tsNanos: 123,
      seq: 7,
      source: { framework: 'claude-code', host: 'box' },
      correlation: { sessionId: 's1', runId: 'r1' },
      attributes: { cwd: '/x' },
      payload: { length: 3 },
      origin: 'transcript',
      claims: { project: 'demo' },
    });
    expect(toEnvelope(event)).toEqual({
      schema: { name: 'agentmon.event', version: 1 },
      event: {
        id: 'e1',
        type: 'prompt',
        ts: '2026-11-21T10:30:48.647000123Z',
        seq: 7,
        source: { framework: 'claude-code', host: 'box' },
      },
      correlation: { session_id: 's1', run_id: 'r1' },
      attributes: { cwd: '/x', 'agent_monitor.origin': 'transcript' },
      payload: { length: 3 },
    });
  });

  it('adds nothing to what a sender says itself', () => {
    const event = makeEvent({
      type: 'span.start',
      correlation: { spanId: 'a', parentSpanId: 'b', traceId: 'c' },
    });
    const { event: head, correlation, attributes } = toEnvelope(event);
    expect(head.source).toEqual({ framework: 'openclaw', client_id: 'zap', host: 'zap' });
    expect(head.ts).toMatch(/\.\d{3}Z$/);
    expect(correlation).toEqual({ span_id: 'a', parent_span_id: 'b', trace_id: 'c' });
    expect(attributes).toEqual({});
  });

  it('is read back as the same event, but for the claims', () => {
    const text = fc.string({ minLength: 1 }).filter((value) => value.trim() !== '' && value.isWellFormed());
    const event = fc.record({
      id: text,
      type: text,
      tsMs: fc.integer({ min: 0, max: 4e12 }),
      tsNanos: fc.nat({ max: 999_999 }),
      source: fc.record({ framework: text, clientId: fc.option(text, { nil: undefined }), host: text }),
      correlation: fc.record({
        sessionId: text,
        runId: text,
        spanId: text,
        parentSpanId: text,
        traceId: text,
      }),
      attributes: fc.dictionary(fc.stringMatching(/^[a-z.]+$/), fc.string()),
      payload: fc.dictionary(
        fc.stringMatching(/^[a-z_]+$/),
        fc.oneof(fc.string(), fc.integer(), fc.boolean()),
      ),
      origin: fc.constantFrom<Origin[]>('ingest', 'transcript', 'import'),
    });
    fc.assert(
      fc.property(event, (sent) => {
        const received: unknown = JSON.parse(JSON.stringify(toEnvelope(sent)));
        expect(decodeEnvelope(received, { origin: 'ingest' }).event).toEqual(sent);
      }),
    );
  });
});

describe('takeOrigin()', () => {
  it('believes no sender that makes its word count more', () => {
    const attributes = { [ORIGIN_ATTRIBUTE]: 'telemetry', cwd: '/x' };
    expect(takeOrigin(attributes, 'ingest')).toEqual({ attributes: { cwd: '/x' }, origin: 'ingest' });
  });
});
