import { connect, type Socket } from 'node:net';

/** One request. */
export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** How long it may take from now on, ms. */
  readonly timeoutMs: number;
}

/** What was answered. */
export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Posts over a connection of its own. Written by hand because loading node:http takes longer than all the rest of a
 * hook. @throws Error where nobody answers in time
 */
export async function post({ url, headers, body, timeoutMs }: PostRequest): Promise<PostAnswer> {
  const socket = await open(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(
      () => fail(new Error(`no answer within ${Math.round(timeoutMs)} ms`)),
      timeoutMs,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.on('error', fail);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const answer = parseAnswer(Buffer.concat(chunks));
      if (answer === null) return;
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    });
    socket.on('end', () => fail(new Error('the connection ended before the answer')));
    socket.write(head(url, headers, body.length));
    socket.write(body);
  });
}

async function open({ protocol, hostname, port }: URL): Promise<Socket> {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'https:') return connect(Number(port || 80), host);
  const tls = await import('node:tls');
  return tls.connect({ port: Number(port || 443), host, servername: host });
}

function head(url: URL, headers: PostRequest['headers'], length: number): string {
  const lines = Object.entries({ host: url.host, ...headers, 'content-length': length, connection: 'close' });
  return `POST ${url.pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
}

/** Null while it is not whole. The bridge says how long its answers are. */
function parseAnswer(bytes: Buffer): PostAnswer | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
  const body = bytes.subarray(headEnd + 4);
  if (body.length < length) return null;
  return { status: Number(head.split(' ', 2)[1]), body: body.subarray(0, length).toString('utf8') };
}
