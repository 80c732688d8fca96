import { describe, expect, test } from 'vitest';
import { ADDED_EVENT_TYPES, AGENTMON_EVENT_TYPES } from '../../../otel-bridge/domain/event.ts';
import { buildEventSchema, exampleEnvelope } from '../../../otel-bridge/event-schema/build-event-schema.ts';
import { EVENT_CATALOGUE, type KnownEventType } from '../../../otel-bridge/event-schema/event-catalogue.ts';
import { decodeEnvelope } from '../../../otel-bridge/sources/envelope/decode-envelope.ts';

const TYPES: readonly KnownEventType[] = [...AGENTMON_EVENT_TYPES, ...ADDED_EVENT_TYPES];

describe('the schema of events', () => {
  test('knows every type that has a meaning', () => {
    expect(Object.keys(EVENT_CATALOGUE).toSorted()).toEqual([...TYPES].toSorted());
  });

  test.each(TYPES)('%s has an example that the bridge takes and that its own schema allows', (type) => {
    const example = exampleEnvelope(type);
    expect(decodeEnvelope(example, { origin: 'ingest' }).rejection).toBeUndefined();
    expect(EVENT_CATALOGUE[type].payload.strict().parse(example.payload)).toEqual(example.payload);
  });

  test('is JSON Schema with a definition and an example per type', () => {
    const schema = buildEventSchema();
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      required: ['schema', 'event'],
    });
    expect(Object.keys(schema.$defs as object).toSorted()).toEqual([...TYPES].toSorted());
    expect(schema.examples).toHaveLength(TYPES.length);
    expect(schema).toMatchObject({
      $defs: {
        'api.request': {
          properties: {
            request_id: { description: expect.any(String), anyOf: [{ type: 'string' }, { type: 'null' }] },
          },
        },
      },
    });
  });
});
