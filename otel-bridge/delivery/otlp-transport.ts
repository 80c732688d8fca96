import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** One POST of an export request. */
export interface OtlpPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The request in protobuf. */
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  /** Ends the request before its time. */
  readonly abort: AbortSignal;
}

/** What came back: an answer, or nothing (refused connection, reset, timeout). */
export type OtlpAnswer =
  | {
      readonly status: 'answered';
      readonly code: number;
      readonly contentType: string;
      readonly retryAfter: string | null;
      readonly body: Uint8Array;
    }
  | { readonly status: 'failed'; readonly reason: string };

/** Sends export requests. Never throws. */
export interface OtlpTransport {
  post(request: OtlpPost): Promise<OtlpAnswer>;
}

/** More of an answer than this is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

const compress = promisify(gzip);

/** OTLP/HTTP with gzip over the connections that Node keeps alive. */
export function createOtlpTransport(): OtlpTransport {
  return { post };
}

async function post({ url, headers, body, timeoutMs, abort }: OtlpPost): Promise<OtlpAnswer> {
  // Not AbortSignal.any(): it holds on to a signal that lives as long as the process.
  const controller = new AbortController();
  const stop = (): void => controller.abort(new Error('stopped'));
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  abort.addEventListener('abort', stop);
  if (abort.aborted) stop();
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      // Level 1: the next hop is near, and at level 6 compressing costs more than everything else together.
      body: await compress(body, { level: constants.Z_BEST_SPEED }),
      redirect: 'manual',
      signal: controller.signal,
    });
    return {
      status: 'answered',
      code: response.status,
      contentType: response.headers.get('content-type') ?? '',
      retryAfter: response.headers.get('retry-after'),
      body: await readBody(response),
    };
  } catch (error) {
    return {
      status: 'failed',
      reason: describe(controller.signal.aborted ? controller.signal.reason : error),
    };
  } finally {
    clearTimeout(timer);
    abort.removeEventListener('abort', stop);
  }
}

async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (sizeBytes >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
}

/** fetch says "fetch failed"; what happened is in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  const code = 'code' in cause ? String(cause.code) : cause.name;
  return cause.message === '' ? code : `${code}: ${cause.message}`;
}
