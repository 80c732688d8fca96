import type { Correlation, JsonObject } from '../../domain/event.ts';
import { booleanOf, numberOf } from '../../domain/values.ts';
import type { PlainAttributes } from '../adapter.ts';

/** The part of an event that depends on what kind of record it comes from. */
export interface RecordMeaning {
  readonly type: string;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
}

/**
 * What a record means: mostly one event, none where another record says the same.
 * @param name its `event.name`
 */
export type RecordMeanings = (name: string, attributes: PlainAttributes) => RecordMeaning[];

/** Attributes that every record has, or that say who the user is: not part of what happened. */
const STANDARD = new Set([
  'session.id',
  'installation.id',
  'interactive',
  'auth_type',
  'event.name',
  'event.timestamp',
  'prompt_id',
  'project',
  'agent',
]);
const STANDARD_PREFIXES = ['user.', 'host.', 'os.', 'service.', 'vcs.', 'process.'];
const NUMERIC = /(?:_ms|_bytes|_tokens|_count|_length)$/;

/** A record that nothing is counted from, as `agent.<name>` with what it tells. */
export function otherRecord(name: string, attributes: PlainAttributes): RecordMeaning {
  const payload: JsonObject = {};
  for (const [key, value] of attributes) {
    if (value === null || value === '') continue;
    if (STANDARD.has(key) || STANDARD_PREFIXES.some((prefix) => key.startsWith(prefix))) continue;
    payload[key] = (NUMERIC.test(key) ? numberOf(value) : booleanOf(value)) ?? value;
  }
  return { type: `agent.${name}`, payload };
}
