/** An OTLP back end on the loopback interface that answers as a test tells it. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Signal } from '../../otel-bridge/domain/outbox.ts';
import { decodeRequest } from '../../otel-bridge/otlp/codec.ts';
import type { OtlpRequest } from '../../otel-bridge/otlp/types.ts';
import { readBody } from './read-body.ts';

/** A request as it came, and decoded. */
export interface TargetRequest {
  readonly path: string;
  readonly signal: Signal;
  readonly headers: IncomingHttpHeaders;
  /** Inflated. */
  readonly body: Buffer;
  readonly request: OtlpRequest;
  readonly receivedMs: number;
  /** How it was answered. */
  answer: TargetAnswer;
}

/** What to answer: a response, nothing at all, or a connection that breaks. */
export type TargetAnswer =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  | 'hang'
  | 'reset';

/** A running target. */
export interface OtlpTarget extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** In order of arrival. */
  readonly requests: TargetRequest[];
}

const TLS_FIXTURES = join(import.meta.dirname, '../fixtures/tls');

/** The certificate that `https` targets show, in PEM; it signs itself. */
export const TARGET_CERTIFICATE = readFileSync(join(TLS_FIXTURES, 'server-cert.pem'), 'utf8');

/**
 * Starts a target. `answer` sees each request before it is answered; 200 where it says nothing. `onPort` is for one
 * that comes back; 0 = any free port.
 */
export async function startOtlpTarget(
  answer: (request: TargetRequest, index: number) => TargetAnswer | undefined = () => undefined,
  { scheme = 'http', onPort = 0 }: { readonly scheme?: 'http' | 'https'; readonly onPort?: number } = {},
): Promise<OtlpTarget> {
  const requests: TargetRequest[] = [];
  const listener: RequestListener = async (incoming, response) => {
    const sent = await readBody(incoming);
    if (sent === null) return;
    const path = incoming.url ?? '';
    const signal = path.split('/').at(-1) as Signal;
    const body = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const request: TargetRequest = {
      path,
      signal,
      headers: incoming.headers,
      body,
      request: decodeRequest(signal, body, isJson(incoming.headers) ? 'json' : 'protobuf'),
      receivedMs: Date.now(),
      answer: { status: 200 },
    };
    const said = answer(request, requests.length) ?? { status: 200 };
    request.answer = said;
    requests.push(request);
    if (said === 'hang') return;
    if (said === 'reset') {
      incoming.socket.resetAndDestroy();
      return;
    }
    const type = isJson(incoming.headers) ? 'application/json' : 'application/x-protobuf';
    response.writeHead(said.status, { 'content-type': type, ...said.headers });
    response.end(said.body);
  };
  const server =
    scheme === 'http'
      ? createServer(listener)
      : createSecureServer(
          { cert: TARGET_CERTIFICATE, key: readFileSync(join(TLS_FIXTURES, 'server-key.pem')) },
          listener,
        );
  await new Promise<void>((resolve) => server.listen(onPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/json') === true;
}
