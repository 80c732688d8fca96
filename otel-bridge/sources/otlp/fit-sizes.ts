import { attributeValue, type PlainValue } from '../../otlp/attributes.ts';
import type { AnyValue, KeyValue, LogsRequest, OtlpLogRecord } from '../../otlp/types.ts';

/** Bytes and number of attributes. */
interface Size {
  readonly bytes: number;
  readonly count: number;
}

/** Loki takes 64 KiB and 128 attributes a record, those of resource and scope and some of its own included. */
const RECORD_ROOM: Size = { bytes: 59_000, count: 110 };
/** Attributes of the resource and scope count on every record. */
const RESOURCE_ROOM: Size = { bytes: 16_000, count: 60 };
const SCOPE_ROOM: Size = { bytes: 8_000, count: 20 };
/** Loki takes 256 KB a line. */
const MAX_BODY_BYTES = 250_000;
/** Longest value of an index label, with room to spare. */
const MAX_LABEL_LENGTH = 1000;
const MAX_KEY_LENGTH = 500;
/** How much of a long value stays where it was. */
const KEPT_LENGTH = 200;
const CUT_MARK = ' [cut, the whole text is in the body]';

/** Attributes of the resource that are index labels: they never go. */
const LABELS = new Set(['service.name', 'project', 'agent']);

/**
 * Makes agents' log records small enough for Loki, in place and without losing anything: attributes beyond its limits
 * move to the end of the body, `key=value` on a line of its own, and leave their beginning behind.
 */
export function fitSizes(request: LogsRequest): void {
  for (const { resource, scopeLogs } of request.resourceLogs) {
    // Texts of the resource and scope go with the first record that follows: once is enough to read them.
    let pending = [
      ...cutLabels(resource?.attributes ?? []),
      ...shrink(resource?.attributes ?? [], RESOURCE_ROOM),
    ];
    const resourceSize = sizeOfAll(resource?.attributes ?? []);
    for (const { scope, logRecords } of scopeLogs) {
      pending = [...pending, ...shrink(scope?.attributes ?? [], SCOPE_ROOM)];
      const scopeSize = sizeOfAll(scope?.attributes ?? []);
      const room = {
        bytes: RECORD_ROOM.bytes - resourceSize.bytes - scopeSize.bytes,
        count: RECORD_ROOM.count - resourceSize.count - scopeSize.count,
      };
      for (const record of logRecords) {
        appendToBody(record, [...shrink(record.attributes, room), ...pending]);
        pending = [];
        cutBody(record);
      }
    }
  }
}

/** Makes attributes fit into the room, in place. Answers the lines that hold whole what was cut or taken out. */
function shrink(attributes: KeyValue[], room: Size): string[] {
  if (surelyFits(attributes, room)) return [];
  let { bytes, count } = sizeOfAll(attributes);
  const hasLongKey = attributes.some(({ key }) => key.length > MAX_KEY_LENGTH);
  if (bytes <= room.bytes && count <= room.count && !hasLongKey) return [];

  const sizes = attributes.map((attribute, index) => ({ attribute, index, size: sizeOf(attribute) }));
  const lines: string[] = [];
  const removed = new Set<number>();
  // The largest go first: one text of a tool is worth a hundred ids.
  for (const { attribute, index, size } of sizes.sort((a, b) => b.size.bytes - a.size.bytes)) {
    const { key } = attribute;
    const mustGo = count > room.count || key.length > MAX_KEY_LENGTH;
    if (LABELS.has(key) || (bytes <= room.bytes && !mustGo)) continue;
    lines.push(toLine(attribute));
    const text = plainText(attribute.value);
    let left: Size = { bytes: 0, count: 0 };
    if (mustGo || text.length <= KEPT_LENGTH) {
      removed.add(index);
    } else {
      const beginning = { key, value: { stringValue: cut(text, KEPT_LENGTH) } };
      attributes[index] = beginning;
      left = sizeOf(beginning);
    }
    bytes -= size.bytes - left.bytes;
    count -= size.count - left.count;
  }
  const kept = attributes.filter((_, index) => !removed.has(index));
  attributes.splice(0, attributes.length, ...kept);
  return lines;
}

/** Cuts values that are too long for an index label, in place. Answers the lines that hold them whole. */
function cutLabels(attributes: KeyValue[]): string[] {
  const lines: string[] = [];
  for (const [index, attribute] of attributes.entries()) {
    const text = plainText(attribute.value);
    if (!LABELS.has(attribute.key) || text.length <= MAX_LABEL_LENGTH) continue;
    lines.push(toLine(attribute));
    attributes[index] = { key: attribute.key, value: { stringValue: cut(text, MAX_LABEL_LENGTH) } };
  }
  return lines;
}

function appendToBody(record: OtlpLogRecord, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const body = record.body === undefined ? '' : plainText(record.body);
  record.body = { stringValue: [...(body === '' ? [] : [body]), ...lines].join('\n') };
}

/** A body beyond Loki's longest line loses its end: there is no other place for it. */
function cutBody(record: OtlpLogRecord): void {
  const text = record.body?.stringValue;
  if (text === undefined || text.length <= MAX_BODY_BYTES / 3) return;
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_BODY_BYTES) return;
  const kept = bytes
    .subarray(0, MAX_BODY_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  record.body = { stringValue: `${kept} [cut, ${bytes.length - MAX_BODY_BYTES} bytes more]` };
}

function cut(text: string, length: number): string {
  return `${text.slice(0, length).toWellFormed()}${CUT_MARK}`;
}

function toLine({ key, value }: KeyValue): string {
  return `${key}=${plainText(value)}`;
}

function plainText(value: AnyValue | undefined): string {
  const plain: PlainValue = attributeValue(value);
  return typeof plain === 'string' ? plain : plain === null ? '' : JSON.stringify(plain);
}

function sizeOfAll(attributes: readonly KeyValue[]): Size {
  let bytes = 0;
  let count = 0;
  for (const attribute of attributes) {
    const size = sizeOf(attribute);
    bytes += size.bytes;
    count += size.count;
  }
  return { bytes, count };
}

/** Loki flattens nested maps: each leaf is an entry under the whole path of keys. */
function sizeOf({ key, value }: KeyValue): Size {
  if (value?.kvlistValue !== undefined) {
    return sizeOfAll(value.kvlistValue.values.map((entry) => ({ ...entry, key: `${key}_${entry.key}` })));
  }
  return { bytes: Buffer.byteLength(key) + Buffer.byteLength(plainText(value)), count: 1 };
}

/** A quick look that most records pass: even if every character took three bytes, they would fit. */
function surelyFits(attributes: readonly KeyValue[], room: Size): boolean {
  if (attributes.length > room.count) return false;
  let characters = 0;
  for (const { key, value } of attributes) {
    if (key.length > MAX_KEY_LENGTH || value?.kvlistValue !== undefined) return false;
    characters += key.length + (value?.stringValue ?? value?.intValue ?? plainText(value)).length;
  }
  return characters * 3 <= room.bytes;
}
