const SLOTS = 2048;
/** Longer texts seldom come twice. */
const MAX_BYTES = 48;

/** A text and the bytes it was read from. */
interface Known {
  readonly bytes: Buffer;
  readonly text: string;
}

/**
 * Reads UTF-8. The same keys and ids stand in every record of a request: the newest short texts are remembered, which
 * is quicker than reading them again, and makes them quick to look up, being the same object.
 */
export class TextReader {
  readonly #known: (Known | undefined)[] = new Array(SLOTS);

  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_BYTES) return buffer.toString('utf8', start, end);
    if (length <= 0) return '';
    const slot = slotOf(buffer, start, end);
    const known = this.#known[slot];
    if (known !== undefined && isSame(known.bytes, buffer, start, length)) return known.text;
    const text = buffer.toString('utf8', start, end);
    this.#known[slot] = { bytes: Buffer.from(buffer.subarray(start, end)), text };
    return text;
  }
}

function slotOf(buffer: Buffer, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at += 1) hash = (hash * 31 + (buffer[at] ?? 0)) | 0;
  return hash & (SLOTS - 1);
}

function isSame(bytes: Buffer, buffer: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (bytes[at] !== buffer[start + at]) return false;
  return true;
}
