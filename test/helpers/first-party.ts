/**
 * Lets Claude Code believe that our model API is api.anthropic.com: some requests (the checks of auto mode,
 * titles by the small model) and some ids (`client_request_id`) exist only there.
 *
 * A proxy on the loopback interface hands connections for that one name to a TLS server of ours, whose
 * certificate is made on the spot, and refuses every other name: nothing leaves the machine.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const HOST = 'api.anthropic.com';
const execFileAsync = promisify(execFile);

/** A running stand-in. */
export interface FirstParty extends AsyncDisposable {
  /** Variables for Claude Code; they replace `ANTHROPIC_BASE_URL`. */
  env: Record<string, string>;
  /** Names that were asked for and refused. */
  refused: Set<string>;
}

/** Starts the proxy in front of a model API on that port. Needs the `openssl` command. */
export async function startFirstParty(modelPort: number): Promise<FirstParty> {
  const folder = await mkdtemp(join(tmpdir(), 'first-party-'));
  const { key, cert, authority } = await makeCertificate(folder);
  const refused = new Set<string>();

  const tls = createTlsServer({ key, cert }, (incoming, response) => {
    const { url, method, headers } = incoming;
    const onward = httpRequest(
      { host: '127.0.0.1', port: modelPort, path: url, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  const tlsPort = await listen(tls);

  const proxy = createServer((incoming, response) => {
    refused.add(incoming.url ?? '');
    response.writeHead(502).end();
  });
  const sockets = new Set<Socket>();
  proxy.on('connect', (incoming, socket: Socket) => {
    if (incoming.url !== `${HOST}:443`) {
      refused.add(incoming.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const inner = connect(tlsPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    for (const end of [socket, inner]) {
      sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        sockets.delete(end);
        (end === socket ? inner : socket).destroy();
      });
    }
  });
  const proxyPort = await listen(proxy);

  return {
    env: {
      ANTHROPIC_BASE_URL: `https://${HOST}`,
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NO_PROXY: '127.0.0.1,localhost',
      NODE_EXTRA_CA_CERTS: authority,
    },
    refused,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([shut(proxy), shut(tls)]);
      await rm(folder, { recursive: true });
    },
  };
}

async function makeCertificate(folder: string) {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileAsync('openssl', args);
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=test',
  );
  await openssl('req', ...newKey, '-keyout', at('key'), '-out', at('request'), '-subj', `/CN=${HOST}`);
  await writeFile(at('names'), `subjectAltName=DNS:${HOST}`);
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
  await openssl('x509', '-req', '-in', at('request'), ...signed, '-out', at('cert'));
  const [key, cert] = await Promise.all([readFile(at('key')), readFile(at('cert'))]);
  return { key, cert, authority: at('ca.pem') };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
