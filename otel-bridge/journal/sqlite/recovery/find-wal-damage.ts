import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/** Format of SQLite's write-ahead log and its index: https://www.sqlite.org/walformat.html */
const LITTLE_ENDIAN_MAGIC = 0x377f0682;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const INDEX_HEADER_BYTES = 48;
/** Place of `nBackfill`: how many frames are in the database file already. */
const BACKFILL_OFFSET = 2 * INDEX_HEADER_BYTES;
/** Reading more than this would delay the start; larger logs are left to SQLite. */
const MAX_CHECKED_BYTES = 512 * 1024 * 1024;

/**
 * Looks for commits that were acknowledged and that SQLite would drop without a word: it replays its write-ahead log
 * up to the first frame whose checksum is wrong and forgets the rest. Call it before the journal is opened.
 * @returns what is wrong, null where nothing is.
 */
export function findWalDamage(path: string): string | null {
  const walPath = `${path}-wal`;
  const index = readWalIndex(`${path}-shm`);
  const sizeBytes = statSync(walPath, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes > MAX_CHECKED_BYTES) return null;
  const log = sizeBytes < HEADER_BYTES ? null : readLog(walPath);
  // The index outlives a killed process: it knows how many frames were committed. One of another log knows nothing.
  if (index !== null && (log === null || log.valid === 0 || log.salt === index.salt)) {
    const readable = log?.valid ?? 0;
    if (readable < index.committed && index.backfilled < index.committed) {
      return `of ${index.committed} committed frames of its write-ahead log ${readable} can be read`;
    }
  }
  if (log?.continues) return `its write-ahead log is broken after frame ${log.valid}`;
  return null;
}

interface Log {
  readonly salt: string;
  /** Frames from the start whose checksums are right. */
  readonly valid: number;
  /** True where frames of the same log follow a broken one. */
  readonly continues: boolean;
}

/** @returns null where the log was not written by a machine like this one. */
function readLog(path: string): Log | null {
  const file = openSync(path, 'r');
  try {
    const header = new Uint32Array(HEADER_BYTES / 4);
    readSync(file, header, 0, HEADER_BYTES, 0);
    const bytes = new DataView(header.buffer);
    const pageBytes = bytes.getUint32(8);
    const salt = saltOf(bytes, 16);
    let [s0, s1] = checksum(header.subarray(0, 6), 0, 0);
    const isWhole =
      bytes.getUint32(0) === LITTLE_ENDIAN_MAGIC && bytes.getUint32(24) === s0 && bytes.getUint32(28) === s1;
    if (!isWhole) return { salt, valid: 0, continues: bytes.getUint32(0) !== LITTLE_ENDIAN_MAGIC + 1 };
    const frame = new Uint32Array((FRAME_HEADER_BYTES + pageBytes) / 4);
    const view = new DataView(frame.buffer);
    let valid = 0;
    let broken = false;
    for (let at = HEADER_BYTES; ; at += frame.byteLength) {
      if (readSync(file, frame, 0, frame.byteLength, at) < frame.byteLength) break;
      const isOfThisLog = saltOf(view, 8) === salt;
      if (broken) {
        if (isOfThisLog) return { salt, valid, continues: true };
        // Two frames in a row that are not of this log: the rest of an older one.
        break;
      }
      if (isOfThisLog) {
        [s0, s1] = checksum(frame.subarray(0, 2), s0, s1);
        [s0, s1] = checksum(frame.subarray(FRAME_HEADER_BYTES / 4), s0, s1);
      }
      if (isOfThisLog && view.getUint32(16) === s0 && view.getUint32(20) === s1) valid += 1;
      else broken = true;
    }
    return { salt, valid, continues: false };
  } finally {
    closeSync(file);
  }
}

/** SQLite's checksum over pairs of little-endian words. */
function checksum(words: Uint32Array, start0: number, start1: number): [number, number] {
  let s0 = start0;
  let s1 = start1;
  for (let at = 0; at < words.length; at += 2) {
    s0 = (s0 + (words[at] ?? 0) + s1) >>> 0;
    s1 = (s1 + (words[at + 1] ?? 0) + s0) >>> 0;
  }
  return [s0, s1];
}

interface WalIndex {
  readonly salt: string;
  readonly committed: number;
  readonly backfilled: number;
}

/** @returns null where there is none, or where it cannot be trusted. */
function readWalIndex(path: string): WalIndex | null {
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  if (bytes.length < BACKFILL_OFFSET + 4) return null;
  const first = bytes.subarray(0, INDEX_HEADER_BYTES);
  const isInitialised = bytes[12] === 1;
  if (!isInitialised || !first.equals(bytes.subarray(INDEX_HEADER_BYTES, BACKFILL_OFFSET))) return null;
  return {
    salt: saltOf(new DataView(bytes.buffer, bytes.byteOffset), 32),
    committed: bytes.readUInt32LE(16),
    backfilled: bytes.readUInt32LE(BACKFILL_OFFSET),
  };
}

function saltOf(view: DataView, offset: number): string {
  return `${view.getUint32(offset)}/${view.getUint32(offset + 4)}`;
}
