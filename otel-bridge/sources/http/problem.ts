import { type ServerResponse, STATUS_CODES } from 'node:http';
import { MonitorError, type MonitorErrorCode } from '../../domain/error.ts';

/** What is told to a client whose request failed (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUS: Readonly<Record<MonitorErrorCode, number>> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  unauthorized: 401,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
  internal: 500,
};

/** Asked to come back after this, unless the error knows better. */
const RETRY_AFTER_S = 1;

/** The problem that an error makes for a client. What only we should see stays out of it. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof MonitorError) || error.code === 'internal') {
    return {
      status: 500,
      code: 'internal',
      detail: 'Cannot handle the request: a fault in the bridge, see its log',
    };
  }
  const headers =
    error.code === 'unavailable' ? { 'retry-after': String(error.retryAfterS ?? RETRY_AFTER_S) } : {};
  return { status: STATUS[error.code], code: error.code, detail: error.message, headers };
}

/** The body of a problem. `message` says the same where an OTLP client looks for a `Status`. */
export function problemBody(problem: Problem): Buffer {
  const { status, code, detail } = problem;
  const title = STATUS_CODES[status] ?? 'Error';
  return Buffer.from(JSON.stringify({ type: 'about:blank', title, status, code, detail, message: detail }));
}

/** Answers a request with a problem. Nothing happens when an answer was begun or the client is gone. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  send(response, problem.status, 'application/problem+json', problemBody(problem), problem.headers);
}

/** How long the rest of a body is waited for after the answer, ms. */
const LINGER_MS = 2000;

/**
 * Answers a request. Nothing happens when an answer was begun or the client is gone. The rest of a body that was refused
 * is read and dropped before the connection may end: a reset would take the answer away.
 * @param body a text leaves in one piece with the headers, which costs the least
 */
export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
  });
  const request = response.req;
  if (request.complete) {
    // Nothing at all leaves as one piece, too; no bytes would be a second one.
    response.end(body.length === 0 ? undefined : body);
    return;
  }
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.once('end', end);
  request.once('close', end);
  request.resume();
}
