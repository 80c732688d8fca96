import { equalsBytes } from './equals-bytes.ts';
import type { AnyValue, KeyValue } from './types.ts';

const SLOTS = 4096;
/** Longer attributes seldom come twice. */
const MAX_BYTES = 96;

/**
 * An attribute that came before. It is one object wherever it stands, so what is found out about it is found out once,
 * and it is written as it was read. To all others it looks as any attribute does.
 */
interface KnownAttribute extends KeyValue {
  /** The message in protobuf, a letter for each byte: as text it takes the least memory. */
  readonly wire?: string;
}

function know(key: string, value: AnyValue, wire: string): KnownAttribute {
  return Object.defineProperty({ key, value }, 'wire', { value: wire });
}

/** How an attribute that came before was written, a letter for each byte; undefined where it is none of those. */
export function wireOf(attribute: KeyValue): string | undefined {
  return (attribute as KnownAttribute).wire;
}

/**
 * Knows the attributes that came lately, by their bytes. Most of a record is what the records before it said as well; to
 * read that again would take longer than to look it up. What comes once takes no place: only its hash is noted.
 */
export class AttributeMemory {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #known: (KnownAttribute | undefined)[] = new Array(SLOTS);
  /** Of the attribute that was asked for last and is not known. */
  #slot = 0;
  #mayKeep = false;

  /** The attribute of these bytes; undefined where it is not known. */
  find(buffer: Buffer, start: number, end: number): KnownAttribute | undefined {
    this.#mayKeep = false;
    const length = end - start;
    if (length > MAX_BYTES) return undefined;
    let hash = length;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (buffer[at] ?? 0)) | 0;
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    if (this.#hashes[slot] !== hash) {
      this.#hashes[slot] = hash;
      this.#known[slot] = undefined;
      return undefined;
    }
    const known = this.#known[slot];
    if (known?.wire !== undefined && equalsBytes(known.wire, buffer, start, length)) return known;
    this.#slot = slot;
    this.#mayKeep = true;
    return undefined;
  }

  /**
   * The attribute that `find` did not know, as it is to be used: it is kept where it came twice in a row to its place.
   * @param keyValue read from all of the bytes, none of them passed over
   */
  keep(
    keyValue: { readonly key: string; readonly value: AnyValue },
    buffer: Buffer,
    start: number,
    end: number,
  ): KeyValue {
    if (!this.#mayKeep) return keyValue;
    this.#mayKeep = false;
    const { key, value } = keyValue;
    // Texts that are no UTF-8 are read in another way than they are written. The key is behind its tag and length.
    const textEnd = value.stringValue === undefined ? start + 2 + key.length : end;
    if (!isAscii(buffer, start, textEnd)) return keyValue;
    const known = know(key, value, buffer.toString('latin1', start, end));
    this.#known[this.#slot] = known;
    return known;
  }
}

function isAscii(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((buffer[at] ?? 0) > 0x7f) return false;
  return true;
}
