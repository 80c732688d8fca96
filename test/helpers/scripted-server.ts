import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServedCall } from './served-call.ts';

/** A loopback stand-in for a model API. Its log of calls is the truth that figures are compared with. */
export interface ScriptedApi extends AsyncDisposable {
  /** Without a slash at the end and without a path. */
  url: string;
  /** Every model call in order of arrival. */
  calls: ServedCall[];
  /** Method and path of everything that was answered with 404. */
  unknown: string[];
}

/** A request that the server does not know itself. */
export interface ScriptedRequest {
  method: string;
  /** Path without the query. */
  path: string;
  text: string;
}

/**
 * Starts a server on the loopback interface.
 * @param answer answers a request, or returns false where it knows no such route
 */
export async function startScriptedServer(
  calls: ServedCall[],
  answer: (request: ScriptedRequest, response: ServerResponse) => Promise<boolean>,
): Promise<ScriptedApi> {
  const unknown: string[] = [];
  const server = createServer((request, response) => {
    const handle = async (): Promise<void> => {
      const [path = ''] = (request.url ?? '').split('?');
      const method = request.method ?? '';
      if (await answer({ method, path, text: await readText(request) }, response)) return;
      unknown.push(`${method} ${request.url}`);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":404}}');
    };
    handle().catch((error: unknown) => {
      // A script that throws must not look like a broken connection, which clients repeat for minutes.
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end(JSON.stringify({ error: { code: 400, message: String(error) } }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, calls, unknown, [Symbol.asyncDispose]: close };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
