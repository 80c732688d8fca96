import * as z from 'zod';
import type { Envelope } from '../domain/envelope.ts';
import type { JsonObject } from '../domain/event.ts';
import { EVENT_CATALOGUE, type KnownEventType } from './event-catalogue.ts';

const id = z.string().min(1);

/** An agentmon envelope as senders may write it; `decodeEnvelope` takes all of this and more. */
const envelopeSchema = z.looseObject({
  schema: z.looseObject({ name: z.literal('agentmon.event'), version: z.literal(1) }),
  event: z.looseObject({
    id: id.describe('Opaque; an id is taken once.'),
    type: id.describe('One of the types below. Others are stored, logged and shown.'),
    ts: z
      .union([z.iso.datetime({ offset: true }), z.number()])
      .describe('When it happened: RFC 3339, or unix milliseconds.'),
    seq: z.number().int().optional().describe("The sender's own sequence number."),
    source: z
      .looseObject({
        framework: z.string().describe('claude-code, codex, openclaw, ...'),
        client_id: z.string().optional(),
        host: z.string().optional(),
      })
      .optional(),
  }),
  correlation: z
    .looseObject({
      session_id: id.optional(),
      run_id: id.optional(),
      span_id: id.optional(),
      parent_span_id: id.optional(),
      trace_id: id.optional(),
    })
    .optional(),
  attributes: z.looseObject({}).optional().describe('`project` and `agent` say to whom the event belongs.'),
  payload: z.looseObject({}).optional().describe('What happened, by type.'),
});

/** One example of a type, as a sender posts it. */
export function exampleEnvelope(type: KnownEventType): Envelope {
  const { correlation = {}, payload } = EVENT_CATALOGUE[type].example;
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `example-${type}`,
      type,
      ts: '2026-01-01T12:00:00.000Z',
      source: { framework: 'claude-code', client_id: 'laptop', host: 'laptop' },
    },
    correlation: { session_id: 'session-1', ...correlation },
    attributes: { project: 'shop', agent: 'claude-code@laptop' },
    payload,
  };
}

/**
 * The JSON Schema (2020-12) of every event that has a meaning: the envelope, one definition per type for its payload,
 * and one example of each. Generated from what the code itself uses.
 */
export function buildEventSchema(): JsonObject {
  const types = Object.entries(EVENT_CATALOGUE).map(([type, description]) => ({ type, ...description }));
  return {
    ...toSchema(envelopeSchema),
    title: 'agentmon.event, version 1',
    description:
      'What senders post to POST /v1/events. A field that is null is the same as one that is absent.',
    allOf: types.map(({ type }) => ({
      if: { properties: { event: { properties: { type: { const: type } } } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { payload: { anyOf: [{ $ref: `#/$defs/${type}` }, { type: 'null' }] } } },
    })),
    $defs: Object.fromEntries(
      types.map(({ type, summary, payload }) => {
        const { $schema: _, ...schema } = toSchema(payload.loose());
        return [type, { title: type, description: summary, ...schema }];
      }),
    ),
    examples: types.map(({ type }) => exampleEnvelope(type as KnownEventType)),
  };
}

/** As JSON Schema of what may be sent, where every optional key may be null as well. */
function toSchema(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, {
    io: 'input',
    override({ jsonSchema }) {
      const { properties, required = [] } = jsonSchema;
      for (const [key, below] of Object.entries(properties ?? {})) {
        if (properties === undefined || required.includes(key) || typeof below === 'boolean') continue;
        // A schema that is used twice comes by twice.
        if (below.anyOf?.some((each) => typeof each === 'object' && each.type === 'null')) continue;
        const { description, ...rest } = below;
        properties[key] = {
          ...(description === undefined ? {} : { description }),
          anyOf: [rest, { type: 'null' }],
        };
      }
    },
  }) as JsonObject;
}
