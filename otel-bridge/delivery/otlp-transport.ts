import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { createSecureContext } from 'node:tls';
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
  /** Compresses the body of a request that follows, beside one that is under way. */
  prepare?(body: Uint8Array): void;
  post(request: OtlpPost): Promise<OtlpAnswer>;
}

/** Options of `createOtlpTransport`. */
export interface OtlpTransportOptions {
  /** Certificates in PEM to trust for https; asked for once, and only where a target is https. */
  readonly certificates?: () => readonly string[];
}

/** More of an answer than this is not read. */
const MAX_ANSWER_BYTES = 64 * 1024;

const gzipLater = promisify(gzip);

/** Level 1: the next hop is near, and at level 6 compressing costs more than everything else together. */
const compress = (body: Uint8Array): Promise<Uint8Array> =>
  gzipLater(body, { level: constants.Z_BEST_SPEED });

/** OTLP/HTTP with gzip over connections that are kept alive. Redirects are answers, not followed. */
export function createOtlpTransport({ certificates }: OtlpTransportOptions = {}): OtlpTransport {
  const http = new HttpAgent({ keepAlive: true });
  let https: HttpsAgent | undefined;
  const secureAgent = (): HttpsAgent => {
    if (https !== undefined) return https;
    // One context for all connections: to read a hundred authorities takes longer than a handshake.
    const secureContext = createSecureContext(certificates === undefined ? {} : { ca: [...certificates()] });
    https = new HttpsAgent({ keepAlive: true, secureContext });
    return https;
  };

  const send = (post: OtlpPost, body: Uint8Array, signal: AbortSignal): Promise<OtlpAnswer> =>
    new Promise((resolve, reject) => {
      const url = new URL(post.url);
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent: isSecure ? secureAgent() : http,
        headers: {
          ...post.headers,
          'content-type': 'application/x-protobuf',
          'content-encoding': 'gzip',
          'content-length': body.length,
        },
        signal,
      });
      request.once('response', (response) => {
        readAnswer(response).then(resolve, reject);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The target closed an idle connection in the moment it was used again: nothing was received there.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) {
          send(post, body, signal).then(resolve, reject);
        } else reject(error);
      });
      request.end(body);
    });

  /** Bodies that are compressed before their turn. */
  const compressed = new WeakMap<Uint8Array, Promise<Uint8Array>>();

  return {
    prepare(body) {
      const result = compress(body);
      // Said when it is sent.
      result.catch(() => undefined);
      compressed.set(body, result);
    },
    async post(post) {
      // Not AbortSignal.any(): it holds on to a signal that lives as long as the process.
      const controller = new AbortController();
      const stop = (): void => controller.abort(new Error('stopped'));
      const timeout = new Error(`no answer within ${post.timeoutMs} ms`);
      const timer = setTimeout(() => controller.abort(timeout), post.timeoutMs);
      post.abort.addEventListener('abort', stop);
      if (post.abort.aborted) stop();
      try {
        const body = await (compressed.get(post.body) ?? compress(post.body));
        return await send(post, body, controller.signal);
      } catch (error) {
        return {
          status: 'failed',
          reason: describe(controller.signal.aborted ? controller.signal.reason : error),
        };
      } finally {
        clearTimeout(timer);
        post.abort.removeEventListener('abort', stop);
      }
    },
  };
}

async function readAnswer(response: IncomingMessage): Promise<OtlpAnswer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    // Leaving the loop ends the connection.
    if (sizeBytes >= MAX_ANSWER_BYTES) break;
  }
  const { headers } = response;
  return {
    status: 'answered',
    code: response.statusCode ?? 0,
    contentType: headers['content-type'] ?? '',
    retryAfter: headers['retry-after'] ?? null,
    body: Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES),
  };
}

/** An address with several numbers fails once for each: the first says enough. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // Node's advice is for programs that are started by hand.
  const message = error.message.replace(
    /; if the root CA is installed locally.*/s,
    ': name the file of the authority that signed it, "ca_file" of the target',
  );
  return code === '' || message.includes(code) ? message : `${code}: ${message}`;
}
