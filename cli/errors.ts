/** Exit codes, a public contract: `monitor help exit-codes`. */
export const EXIT_CODE = {
  done: 0,
  failed: 1,
  usage: 2,
  notRunning: 3,
  degraded: 4,
  timeout: 5,
  prerequisite: 6,
  conflict: 7,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** What a script can act on (`code` of the JSON document), and the exit code that goes with it. */
const EXIT_CODE_OF = {
  FAILED: EXIT_CODE.failed,
  NOT_FOUND: EXIT_CODE.failed,
  PART_FAILED: EXIT_CODE.failed,
  USAGE: EXIT_CODE.usage,
  SETTINGS_INVALID: EXIT_CODE.usage,
  CONFIRMATION_NEEDED: EXIT_CODE.usage,
  NOT_RUNNING: EXIT_CODE.notRunning,
  DEGRADED: EXIT_CODE.degraded,
  TIMEOUT: EXIT_CODE.timeout,
  PREREQUISITE_MISSING: EXIT_CODE.prerequisite,
  IMAGE_MISSING: EXIT_CODE.prerequisite,
  PORT_IN_USE: EXIT_CODE.conflict,
  FILE_EDITED: EXIT_CODE.conflict,
  RUNTIME_CHANGE_REFUSED: EXIT_CODE.conflict,
  OTHER_OWNER: EXIT_CODE.conflict,
  BUG: EXIT_CODE.bug,
  INTERRUPTED: EXIT_CODE.interrupted,
  TERMINATED: EXIT_CODE.terminated,
} as const;

/** Code of a failure, as in the JSON document. */
export type CliErrorCode = keyof typeof EXIT_CODE_OF;

/** Further facts about a failure. */
export interface CliErrorOptions {
  /** Commands or steps that remedy it, one per line. */
  readonly fix?: readonly string[];
  /** Lines shown below the message, for instance the last log lines of a part that died. */
  readonly details?: readonly string[];
  /** `data` of the JSON document; what is known in spite of the failure. */
  readonly data?: unknown;
  readonly cause?: unknown;
}

/**
 * A failure that the user is told about: action, quoted value, what was found, what is wanted.
 * The message ends without a full stop; the remedy stands in `fix`.
 */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly fix: readonly string[];
  readonly details: readonly string[];
  readonly data: unknown;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'CliError';
    this.code = code;
    this.fix = options.fix ?? [];
    this.details = options.details ?? [];
    this.data = options.data ?? null;
  }
}

/** Exit code of a failure's code. */
export function exitCodeOf(code: CliErrorCode): number {
  return EXIT_CODE_OF[code];
}

/** A foreign error as a bug of ours; a `CliError` as it is. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new CliError('BUG', `Cannot go on: ${text}`, { cause: error });
}
