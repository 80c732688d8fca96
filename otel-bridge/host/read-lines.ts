import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/** Lines beyond this are skipped: no agent writes them, and they would have to be held in memory. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** One whole line of a file. */
export interface FileLine {
  /** Without the newline; null where the line was longer than `maxLineBytes`. Valid until the next line is read. */
  readonly bytes: Buffer | null;
  /** Position behind the newline. */
  readonly endOffset: number;
}

/**
 * Reads whole lines from a position on, in chunks, until the end of the file. What follows the last newline is still
 * being written and is left for the next time.
 */
export async function* readLines(
  file: FileHandle,
  startOffset: number,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<FileLine> {
  let offset = startOffset;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return;
    const chunk = buffer.subarray(0, bytesRead);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end);
      const tooLong = pendingBytes + tail.length > maxLineBytes;
      const bytes = tooLong ? null : pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      yield { bytes, endOffset: offset + start };
    }
    const rest = chunk.subarray(start);
    pendingBytes += rest.length;
    // Of a line that is too long only the length is kept.
    if (pendingBytes > maxLineBytes) pending = [];
    else if (rest.length > 0) pending.push(rest);
    offset += bytesRead;
  }
}
