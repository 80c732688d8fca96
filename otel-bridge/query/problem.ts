import { STATUS_CODES } from 'node:http';
import { errorCode, type MonitorErrorCode } from '../domain/error.ts';

/** Status of the answer per code of `MonitorError`. */
const STATUS: Readonly<Record<MonitorErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
  internal: 500,
};

/** Problem details, RFC 9457; `code` is ours. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** A problem with the title of its status. */
export function makeProblem(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code };
}

/** What a failed request is answered with. Errors that are not ours, or tell of our inside, stay in the log. */
export function toProblem(error: unknown): Problem {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== 'internal') return makeProblem(STATUS[code], code, message);
  const status = requestErrorStatus(error);
  if (status !== null) return makeProblem(status, 'invalid', message);
  return makeProblem(
    500,
    'internal',
    'Cannot answer this request: see the log of the bridge ("monitor logs bridge")',
  );
}

/** The status that the HTTP framework gives to requests that it cannot read; null for any other error. */
function requestErrorStatus(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
