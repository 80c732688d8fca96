/** Tags (number and wire type) of what a logs request consists of. */
const RESOURCE_LOGS = 0x0a;
const SCOPE_LOGS = 0x12;
const LOG_RECORD = 0x12;

/** A piece of a body. */
interface Piece {
  readonly start: number;
  readonly end: number;
}

/** A field of a message: where it begins, with its tag, and where its content lies. */
interface FieldPiece extends Piece {
  readonly tag: number;
  readonly content: number;
}

/** A body that was cut from another one. */
export interface LogsPart {
  /** Its bytes, until those of another part are asked for: they are in the same memory. */
  bytes(): Buffer;
}

/** Records that one scope of one resource holds of a part. */
interface ScopePart {
  /** What the resource is, and whatever else stands beside its scopes. */
  readonly resource: readonly Piece[];
  readonly scope: readonly Piece[];
  readonly records: Piece[];
}

/**
 * Cuts the body of a logs request, protobuf, into bodies of up to `maxRecords` records each, which say the same one after
 * the other: each has what its resource and scope are. Nothing is decoded.
 * @returns null where it is no longer than that, or no request that this understands
 */
export function cutLogsBody(body: Buffer, maxRecords: number): LogsPart[] | null {
  const parts: ScopePart[][] = [[]];
  let room = maxRecords;
  const resources = fieldsOf(body, { start: 0, end: body.length });
  if (resources === null) return null;
  for (const group of resources) {
    const inner = group.tag === RESOURCE_LOGS ? fieldsOf(body, { ...group, start: group.content }) : null;
    if (inner === null) return null;
    const resource = inner.filter(({ tag }) => tag !== SCOPE_LOGS);
    for (const scoped of inner) {
      if (scoped.tag !== SCOPE_LOGS) continue;
      const fields = fieldsOf(body, { ...scoped, start: scoped.content });
      if (fields === null) return null;
      const scope = fields.filter(({ tag }) => tag !== LOG_RECORD);
      let open: ScopePart | null = null;
      for (const field of fields) {
        if (field.tag !== LOG_RECORD) continue;
        if (room === 0) {
          parts.push([]);
          room = maxRecords;
          open = null;
        }
        if (open === null) {
          open = { resource, scope, records: [] };
          parts.at(-1)?.push(open);
        }
        open.records.push(field);
        room -= 1;
      }
    }
  }
  return parts.length === 1 ? null : parts.map((part) => ({ bytes: () => encodePart(body, part) }));
}

/** Fields of the messages within a piece; null where one is not of the kind that has a length, or is cut off. */
function fieldsOf(body: Buffer, { start, end }: Piece): FieldPiece[] | null {
  const fields: FieldPiece[] = [];
  for (let at = start; at < end; ) {
    const tag = body[at] ?? 0;
    // Of one byte, and followed by a length: all that a request has at these levels.
    if (tag > 0x7f || (tag & 7) !== 2) return null;
    let length = 0;
    let content = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = content < end && shift <= 21 ? body[content] : undefined;
      if (byte === undefined) return null;
      content += 1;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (content + length > end) return null;
    fields.push({ tag, start: at, content, end: content + length });
    at = content + length;
  }
  return fields;
}

/** Where parts are put together: a large request would leave as much garbage as it is long. */
let scratch: Buffer = Buffer.alloc(0);
const SCRATCH_BYTES = 65_536;
/** More than that is not kept. */
const MAX_SCRATCH_BYTES = 1024 * 1024;
/** Tag and length. */
const MAX_HEADER_BYTES = 6;

function encodePart(body: Buffer, part: readonly ScopePart[]): Buffer {
  const into = scratchOf(
    part.reduce(
      (sum, { resource, scope, records }) =>
        sum + 2 * MAX_HEADER_BYTES + sizeOf(resource) + sizeOf(scope) + sizeOf(records),
      0,
    ),
  );
  let at = 0;
  const copy = (pieces: readonly Piece[]): void => {
    // Pieces mostly stand one behind the other.
    for (let index = 0; index < pieces.length; ) {
      const { start = 0, end: firstEnd = 0 } = pieces[index] ?? {};
      let end = firstEnd;
      for (index += 1; pieces[index]?.start === end; index += 1) end = pieces[index]?.end ?? end;
      at += body.copy(into, at, start, end);
    }
  };
  const header = (tag: number, length: number): void => {
    into[at++] = tag;
    let rest = length;
    for (; rest > 0x7f; rest >>>= 7) into[at++] = (rest & 0x7f) | 0x80;
    into[at++] = rest;
  };
  for (const { resource, scope, records } of part) {
    const scopedBytes = sizeOf(scope) + sizeOf(records);
    header(RESOURCE_LOGS, sizeOf(resource) + 1 + varintBytes(scopedBytes) + scopedBytes);
    copy(resource);
    header(SCOPE_LOGS, scopedBytes);
    copy(scope);
    copy(records);
  }
  return into.subarray(0, at);
}

function scratchOf(sizeBytes: number): Buffer {
  if (sizeBytes > MAX_SCRATCH_BYTES) return Buffer.allocUnsafe(sizeBytes);
  if (scratch.length < sizeBytes) scratch = Buffer.allocUnsafeSlow(Math.max(SCRATCH_BYTES, 2 * sizeBytes));
  return scratch;
}

function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { start, end }) => sum + end - start, 0);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}
