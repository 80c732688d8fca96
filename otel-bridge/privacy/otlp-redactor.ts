import type { Signal } from '../domain/outbox.ts';
import { wireOf } from '../otlp/known-attributes.ts';
import type {
  AnyValue,
  Exemplar,
  InstrumentationScope,
  KeyValue,
  LogsRequest,
  Metric,
  MetricsRequest,
  OtlpLogRecord,
  OtlpRequest,
  OtlpSpan,
  Resource,
  TracesRequest,
} from '../otlp/types.ts';
import type { JsonRedactor } from './json-redactor.ts';
import type { KeyClassifier, KeyRule } from './keys/classify-key.ts';
import { messageMask } from './keys/content-keys.ts';
import { type Context, contextOf, contextOfName, isContentRecord, UNKNOWN_CONTEXT } from './keys/context.ts';
import { REDACTED } from './marker.ts';
import type { TextRedactor } from './text/redact-text.ts';

/** What an OTLP redactor works with. */
export interface OtlpRedactorOptions {
  readonly json: JsonRedactor;
  readonly classify: KeyClassifier;
  readonly redactText: TextRedactor;
}

/** Redacts a decoded export request in place and answers it. */
export type OtlpRedactor = <S extends Signal>(signal: S, request: OtlpRequest<S>) => OtlpRequest<S>;

/** Values that were taken out of a record and may be repeated in its body; shorter ones say nothing. */
const MIN_REPEATED_LENGTH = 8;

const MAX_DEPTH = 48;

/** A value that was taken out, whatever it was. */
const MARKER: AnyValue = { stringValue: REDACTED };

/** Builds the redactor of agents' own telemetry. Numbers, sizes, ids and times stay as they are. */
export function createOtlpRedactor(options: OtlpRedactorOptions): OtlpRedactor {
  const { json, classify, redactText } = options;

  /** Attributes that come again and again and hold nothing to take out where they stand. */
  const harmless = new WeakMap<Context, WeakSet<KeyValue>>();
  const harmlessIn = (context: Context): WeakSet<KeyValue> => {
    let known = harmless.get(context);
    if (known === undefined) {
      known = new WeakSet();
      harmless.set(context, known);
    }
    return known;
  };

  /** Redacts a list of attributes in place. Answers the texts that were closed. */
  function attributes(list: KeyValue[], context: Context, depth = 0): string[] {
    const closed: string[] = [];
    // Contexts inside of values are made anew each time: nothing is remembered of those.
    const known = depth === 0 ? harmlessIn(context) : null;
    let kept = 0;
    for (const attribute of list) {
      if (known?.has(attribute) === true) {
        list[kept++] = attribute;
        continue;
      }
      const redacted = named(attribute, context, depth, closed);
      if (redacted === null) continue;
      if (redacted === attribute && wireOf(attribute) !== undefined) known?.add(attribute);
      list[kept++] = redacted;
    }
    list.length = kept;
    return closed;
  }

  /** An attribute without what must not be kept; the same one where that is nothing, null where it goes. */
  function named(attribute: KeyValue, context: Context, depth: number, closed: string[]): KeyValue | null {
    const { key, value } = attribute;
    const rule = classify(key);
    if (rule.drop) return null;
    if (value === undefined) return rule.name === key ? attribute : { key: rule.name };
    const redacted = keyed(rule, value, context, depth, closed);
    return rule.name === key && redacted === value ? attribute : { key: rule.name, value: redacted };
  }

  /** The value behind a key without what must not be kept; the same one where that is nothing. */
  function keyed(
    rule: KeyRule,
    value: AnyValue,
    context: Context,
    depth: number,
    closed: string[],
  ): AnyValue {
    const text = value.stringValue;
    if (text !== undefined) {
      const after = json.value(rule, text, context);
      if (after === text) return value;
      const redacted = typeof after === 'string' ? after : REDACTED;
      if (redacted === REDACTED && text.length >= MIN_REPEATED_LENGTH) closed.push(text);
      return { stringValue: redacted };
    }
    if (value.intValue !== undefined || value.doubleValue !== undefined) {
      return rule.secret === 'password' ? MARKER : value;
    }
    if (value.boolValue !== undefined) return value;
    return json.isClosed(rule, context) ? MARKER : structured(value, json.inside(rule, context), depth);
  }

  /** A value without a key: an element of an array, a log body. */
  function structured(value: AnyValue, context: Context, depth: number): AnyValue {
    const { stringValue: text, arrayValue: array, kvlistValue: map } = value;
    if (text !== undefined) {
      const redacted = json.text(text, context);
      return redacted === text ? value : { stringValue: redacted };
    }
    if (value.bytesValue !== undefined) return bytes(value, context);
    if (array === undefined && map === undefined) return value;
    if (depth >= MAX_DEPTH) return MARKER;
    if (array !== undefined) {
      const strings = array.values.map((element) => element.stringValue);
      // The JSON redactor knows which argument follows a `--token`.
      if (strings.every((element) => element !== undefined)) {
        const list = json.value(classify('values'), strings, context) as readonly string[];
        return { arrayValue: { values: list.map((element) => ({ stringValue: element })) } };
      }
      return {
        arrayValue: { values: array.values.map((element) => structured(element, context, depth + 1)) },
      };
    }
    return map === undefined ? value : { kvlistValue: { values: entries(map.values, context, depth + 1) } };
  }

  /** The entries of a map. */
  function entries(list: readonly KeyValue[], context: Context, depth: number): KeyValue[] {
    const textOf = (key: string): string | undefined =>
      list.find((entry) => entry.key === key)?.value?.stringValue;
    const mask = messageMask(textOf('type'), textOf('role'));
    const label = textOf('name') ?? textOf('key');
    const redacted = [...list];
    attributes(redacted, mask === null ? context : contextOf(mask), depth);
    if (label === undefined) return redacted;
    // `{name: 'API_KEY', value: '...'}`, as lists of variables and headers are written.
    const rule = classify(label);
    return redacted.map((entry) =>
      entry.key === 'value' && entry.value !== undefined
        ? { key: entry.key, value: keyed(rule, entry.value, context, depth, []) }
        : entry,
    );
  }

  /** Bytes are read as text; where that holds something secret, they go. */
  function bytes(value: AnyValue, context: Context): AnyValue {
    const text = Buffer.from(value.bytesValue ?? '', 'base64').toString('utf8');
    return json.text(text, context) === text ? value : MARKER;
  }

  function resource(of: Resource | undefined): void {
    if (of === undefined) return;
    attributes(of.attributes, UNKNOWN_CONTEXT);
    for (const entity of of.entityRefs) {
      entity.type = redactText(entity.type);
      entity.schemaUrl = redactText(entity.schemaUrl);
      entity.idKeys = entity.idKeys.map((key) => classify(key).name);
      entity.descriptionKeys = entity.descriptionKeys.map((key) => classify(key).name);
    }
  }

  function scope(of: InstrumentationScope | undefined): void {
    if (of === undefined) return;
    of.name = redactText(of.name);
    of.version = redactText(of.version);
    attributes(of.attributes, UNKNOWN_CONTEXT);
  }

  function logRecord(record: OtlpLogRecord): void {
    const name = nameOf(record);
    const context = contextOfName(name);
    const closed = attributes(record.attributes, context);
    record.eventName = redactText(record.eventName);
    record.severityText = redactText(record.severityText);
    if (record.body === undefined) return;
    record.body = isContentRecord(name)
      ? keyed(classify('content'), record.body, context, 0, [])
      : structured(record.body, context, 0);
    const text = record.body.stringValue;
    if (text !== undefined && closed.length > 0) record.body = { stringValue: without(text, closed) };
  }

  function logs(request: LogsRequest): void {
    for (const group of request.resourceLogs) {
      resource(group.resource);
      group.schemaUrl = redactText(group.schemaUrl);
      for (const scoped of group.scopeLogs) {
        scope(scoped.scope);
        scoped.schemaUrl = redactText(scoped.schemaUrl);
        for (const record of scoped.logRecords) logRecord(record);
      }
    }
  }

  function exemplars(list: readonly Exemplar[]): void {
    for (const exemplar of list) attributes(exemplar.filteredAttributes, UNKNOWN_CONTEXT);
  }

  function metric(of: Metric): void {
    of.name = redactText(of.name);
    of.description = redactText(of.description);
    of.unit = redactText(of.unit);
    attributes(of.metadata, UNKNOWN_CONTEXT);
    const data = of.gauge ?? of.sum ?? of.histogram ?? of.exponentialHistogram;
    for (const point of data?.dataPoints ?? []) {
      attributes(point.attributes, UNKNOWN_CONTEXT);
      exemplars(point.exemplars);
    }
    for (const point of of.summary?.dataPoints ?? []) attributes(point.attributes, UNKNOWN_CONTEXT);
  }

  function metrics(request: MetricsRequest): void {
    for (const group of request.resourceMetrics) {
      resource(group.resource);
      group.schemaUrl = redactText(group.schemaUrl);
      for (const scoped of group.scopeMetrics) {
        scope(scoped.scope);
        scoped.schemaUrl = redactText(scoped.schemaUrl);
        for (const one of scoped.metrics) metric(one);
      }
    }
  }

  function span(of: OtlpSpan): void {
    const context = contextOfName(of.name);
    const closed = attributes(of.attributes, context);
    of.name = without(redactText(of.name), closed);
    of.traceState = redactText(of.traceState);
    if (of.status !== undefined) of.status.message = without(redactText(of.status.message), closed);
    for (const event of of.events) {
      const own = contextOfName(event.name);
      attributes(event.attributes, own === UNKNOWN_CONTEXT ? context : own);
      event.name = redactText(event.name);
    }
    for (const link of of.links) {
      link.traceState = redactText(link.traceState);
      attributes(link.attributes, UNKNOWN_CONTEXT);
    }
  }

  function traces(request: TracesRequest): void {
    for (const group of request.resourceSpans) {
      resource(group.resource);
      group.schemaUrl = redactText(group.schemaUrl);
      for (const scoped of group.scopeSpans) {
        scope(scoped.scope);
        scoped.schemaUrl = redactText(scoped.schemaUrl);
        for (const one of scoped.spans) span(one);
      }
    }
  }

  return (signal, request) => {
    if (signal === 'logs') logs(request as LogsRequest);
    else if (signal === 'metrics') metrics(request as MetricsRequest);
    else traces(request as TracesRequest);
    return request;
  };
}

function nameOf(record: OtlpLogRecord): string {
  if (record.eventName !== '') return record.eventName;
  const attribute = record.attributes.find(({ key }) => key === 'event.name')?.value?.stringValue;
  return attribute ?? record.body?.stringValue?.slice(0, 100) ?? '';
}

/** Takes out texts that were closed where they were attributes and stand in another text again. */
function without(text: string, closed: readonly string[]): string {
  return closed.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}
