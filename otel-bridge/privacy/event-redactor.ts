import { createHash } from 'node:crypto';
import type { AgentEvent, Correlation, EventSource, JsonObject } from '../domain/event.ts';
import type { JsonRedactor } from './json-redactor.ts';
import type { KeyClassifier } from './keys/classify-key.ts';
import { type Context, contextOfEventType } from './keys/context.ts';
import { REDACTED } from './marker.ts';
import type { TextRedactor } from './text/redact-text.ts';

/** What an event redactor works with. */
export interface EventRedactorOptions {
  readonly json: JsonRedactor;
  readonly classify: KeyClassifier;
  readonly redactText: TextRedactor;
}

/**
 * Builds the redactor of events. Keys whose content the settings close are left out of `attributes` and `payload`,
 * so that readers need not tell a marker from a text; deeper down they are replaced.
 */
export function createEventRedactor(options: EventRedactorOptions): (event: AgentEvent) => AgentEvent {
  const { json, classify, redactText } = options;

  /** The same object where nothing is taken out, as in most events. */
  const fields = (object: JsonObject, context: Context): JsonObject => {
    const keys = Object.keys(object);
    let kept: JsonObject | null = null;
    for (const [index, key] of keys.entries()) {
      const rule = classify(key);
      const before = object[key];
      const value = json.value(rule, before, context);
      if (kept === null) {
        if (value === before && value !== undefined && rule.name === key) continue;
        kept = {};
        for (const same of keys.slice(0, index)) put(kept, same, object[same]);
      }
      const closed = value === REDACTED && rule.secret === null && before !== REDACTED;
      if (value !== undefined && !closed) put(kept, rule.name, value);
    }
    return kept ?? object;
  };

  const optional = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : redactText(text);

  const id = (text: string): string => {
    const redacted = redactText(text);
    return redacted === text ? text : distinct(redacted, text);
  };
  const optionalId = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : id(text);

  const redactSource = (source: EventSource): EventSource => {
    const framework = redactText(source.framework);
    const clientId = optional(source.clientId);
    const host = optional(source.host);
    const isSame = framework === source.framework && clientId === source.clientId && host === source.host;
    return isSame ? source : { framework, clientId, host };
  };

  const redactCorrelation = (correlation: Correlation): Correlation => {
    const sessionId = optionalId(correlation.sessionId);
    const runId = optionalId(correlation.runId);
    const spanId = optionalId(correlation.spanId);
    const parentSpanId = optionalId(correlation.parentSpanId);
    const traceId = optionalId(correlation.traceId);
    const isSame =
      sessionId === correlation.sessionId &&
      runId === correlation.runId &&
      spanId === correlation.spanId &&
      parentSpanId === correlation.parentSpanId &&
      traceId === correlation.traceId;
    return isSame ? correlation : { sessionId, runId, spanId, parentSpanId, traceId };
  };

  return (event) => {
    const context = contextOfEventType(event.type);
    return {
      ...event,
      id: id(event.id),
      type: redactText(event.type),
      source: redactSource(event.source),
      correlation: redactCorrelation(event.correlation),
      attributes: fields(event.attributes, context),
      payload: fields(event.payload, context),
    };
  };
}

/** Sets a key of the object itself, whatever it is called. */
function put(object: JsonObject, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}

/** Ids stay apart and stay the same from one event to the next after what was secret in them is gone. */
function distinct(redacted: string, text: string): string {
  return `${redacted}:${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}
