/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** Extended: a sync failed, so what was written before may be gone. */
const SQLITE_IOERR_FSYNC = 1034;

/** True for what SQLite itself says (full, read-only, busy, damaged), false for an error of ours. */
export function isDatabaseError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error;
}

/** True where SQLite found the file damaged. */
export function isDamage(error: unknown): boolean {
  if (!isDatabaseError(error)) return false;
  const primary = error.errcode & 0xff;
  return primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB;
}

/** What the operating system says of a disk that may be well again later. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** True for an error that may pass: the disk is full, read-only or failing, or the file is in use. */
export function isDiskError(error: unknown): boolean {
  const isSystemError = error instanceof Error && 'code' in error && DISK_CODES.has(String(error.code));
  return isDatabaseError(error) || isSystemError;
}

/** True where a sync failed: what SQLite holds in memory may no longer be what is on disk. */
export function isFailedSync(error: unknown): boolean {
  return isDatabaseError(error) && error.errcode === SQLITE_IOERR_FSYNC;
}

/** True where a query found text that is no JSON in a column that holds JSON: the disk changed it, and nothing noticed. */
export function isMalformedJson(error: unknown): boolean {
  return isDatabaseError(error) && error.message === 'malformed JSON';
}
