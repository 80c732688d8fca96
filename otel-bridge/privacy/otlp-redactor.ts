import type { Signal } from '../domain/outbox.ts';
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

/** Builds the redactor of agents' own telemetry. Numbers, sizes, ids and times stay as they are. */
export function createOtlpRedactor(options: OtlpRedactorOptions): OtlpRedactor {
  const { json, classify, redactText } = options;

  /** Redacts a list of attributes in place. Answers the texts that were closed. */
  function attributes(list: KeyValue[], context: Context, depth = 0): string[] {
    const closed: string[] = [];
    let kept = 0;
    for (const attribute of list) {
      const rule = classify(attribute.key);
      if (rule.drop) continue;
      attribute.key = rule.name;
      if (attribute.value !== undefined) keyed(rule, attribute.value, context, depth, closed);
      list[kept] = attribute;
      kept += 1;
    }
    list.length = kept;
    return closed;
  }

  function keyed(rule: KeyRule, value: AnyValue, context: Context, depth: number, closed: string[]): void {
    if (value.stringValue !== undefined) {
      const before = value.stringValue;
      const after = json.value(rule, before, context);
      value.stringValue = typeof after === 'string' ? after : REDACTED;
      if (value.stringValue === REDACTED && before.length >= MIN_REPEATED_LENGTH) closed.push(before);
      return;
    }
    if (value.intValue !== undefined || value.doubleValue !== undefined) {
      if (rule.secret === 'password') replace(value);
      return;
    }
    if (value.boolValue !== undefined) return;
    if (json.isClosed(rule, context)) replace(value);
    else structured(value, json.inside(rule, context), depth);
  }

  /** A value without a key: an element of an array, a log body. */
  function structured(value: AnyValue, context: Context, depth: number): void {
    if (value.stringValue !== undefined) value.stringValue = json.text(value.stringValue, context);
    else if (value.bytesValue !== undefined) bytes(value, context);
    else if (depth >= MAX_DEPTH && (value.arrayValue !== undefined || value.kvlistValue !== undefined)) {
      replace(value);
    } else if (value.arrayValue !== undefined) {
      const strings = value.arrayValue.values.map((element) => element.stringValue);
      // The JSON redactor knows which argument follows a `--token`.
      const redacted = strings.every((text) => text !== undefined) ? strings : undefined;
      if (redacted !== undefined) {
        const list = json.value(classify('values'), redacted, context) as readonly string[];
        value.arrayValue.values = list.map((text) => ({ stringValue: text }));
        return;
      }
      for (const element of value.arrayValue.values) structured(element, context, depth + 1);
    } else if (value.kvlistValue !== undefined) {
      const list = value.kvlistValue.values;
      const named = (key: string): string | undefined =>
        list.find((entry) => entry.key === key)?.value?.stringValue;
      const mask = messageMask(named('type'), named('role'));
      const label = named('name') ?? named('key');
      attributes(list, mask === null ? context : contextOf(mask), depth + 1);
      const labelled = list.find((entry) => entry.key === 'value')?.value;
      if (label !== undefined && labelled !== undefined)
        keyed(classify(label), labelled, context, depth + 1, []);
    }
  }

  /** Bytes are read as text; where that holds something secret, they go. */
  function bytes(value: AnyValue, context: Context): void {
    const text = Buffer.from(value.bytesValue ?? '', 'base64').toString('utf8');
    if (json.text(text, context) !== text) replace(value);
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
    if (isContentRecord(name)) keyed(classify('content'), record.body, context, 0, []);
    else structured(record.body, context, 0);
    const text = record.body.stringValue;
    if (text !== undefined) record.body.stringValue = without(text, closed);
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

/** Makes the value a marker, whatever it was. */
function replace(value: AnyValue): void {
  delete value.arrayValue;
  delete value.kvlistValue;
  delete value.bytesValue;
  delete value.intValue;
  delete value.doubleValue;
  value.stringValue = REDACTED;
}
