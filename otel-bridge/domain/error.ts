/** Kinds of failure that a caller can act on. */
export type MonitorErrorCode =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'unauthorized'
  | 'too_large'
  | 'unsupported'
  | 'unavailable'
  | 'internal';

/** The error of the bridge. The message names the action, the value, what was found, what is wanted and the remedy. */
export class MonitorError extends Error {
  /** What a caller can act on; HTTP statuses are derived from it. */
  readonly code: MonitorErrorCode;
  /** For `unavailable`: when to try again, seconds. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: MonitorErrorCode,
    message: string,
    options: { cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'MonitorError';
    this.code = code;
    this.retryAfterS = options.retryAfterS;
  }
}

/**
 * The code of a `MonitorError`; `internal` for anything foreign. Told by its name: the built program is several files,
 * and each of them has a class of its own.
 */
export function errorCode(error: unknown): MonitorErrorCode {
  const isOurs = error instanceof Error && error.name === 'MonitorError' && 'code' in error;
  return isOurs ? (error as MonitorError).code : 'internal';
}
