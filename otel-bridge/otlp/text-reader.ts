import { equalsBytes } from './equals-bytes.ts';

const SLOTS = 2048;
/** Longer texts seldom come twice. */
const MAX_BYTES = 48;

/**
 * Reads UTF-8. The same keys and ids stand in every record of a request: the newest short texts are remembered, which
 * is quicker than reading them again, and makes them quick to look up, being the same object. What comes once is not kept:
 * of the last text that came to a place its hash is known, and the text itself when it comes again.
 */
export class TextReader {
  readonly #hashes = new Int32Array(SLOTS);
  readonly #known: (string | undefined)[] = new Array(SLOTS);

  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > MAX_BYTES) return buffer.toString('utf8', start, end);
    if (length <= 0) return '';
    let hash = length;
    let letters = 0;
    for (let at = start; at < end; at += 1) {
      const byte = buffer[at] ?? 0;
      letters |= byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    if (letters > 0x7f) return buffer.toString('utf8', start, end);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    if (this.#hashes[slot] !== hash) {
      this.#hashes[slot] = hash;
      this.#known[slot] = undefined;
      return buffer.toString('latin1', start, end);
    }
    const known = this.#known[slot];
    if (known !== undefined && equalsBytes(known, buffer, start, length)) return known;
    const text = buffer.toString('latin1', start, end);
    this.#known[slot] = text;
    return text;
  }
}
