import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions, zstdDecompress } from 'node:zlib';
import { MonitorError } from '../../domain/error.ts';
import { takeTurns } from './take-turns.ts';

/** How large a body may be, inflated: 20 MiB. */
export const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

/** Bytes of bodies that are being read, over all requests of a server. */
export interface BodyBudget {
  usedBytes: number;
  readonly limitBytes: number;
}

type Inflate = (body: Buffer, options: ZlibOptions) => Promise<Buffer>;

const INFLATE: Readonly<Record<string, Inflate>> = {
  gzip: promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, ZlibOptions, Buffer>(gunzip),
  deflate: (body, options) => (isZlib(body) ? inflateZlib(body, options) : inflateBare(body, options)),
  br: promisify<Buffer, ZlibOptions, Buffer>(brotliDecompress as never),
  zstd: promisify<Buffer, ZlibOptions, Buffer>(zstdDecompress as never),
};
/** Node inflates on so many threads: more at once would only fill the memory with what waits for the others. */
const inflateInTurn = takeTurns(4);
const inflateZlib = promisify<Buffer, ZlibOptions, Buffer>(inflate);
const inflateBare = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);

/**
 * Reads the body of a request and inflates it. Stops as soon as it is too large, inflated or not.
 * @throws MonitorError `too_large`; `unsupported` for an encoding that is not known; `invalid` for bytes that are not
 * in it, or when the client went away; `unavailable` when bodies of other requests fill the memory.
 */
export async function readBody(
  request: IncomingMessage,
  options: { readonly limitBytes: number; readonly budget: BodyBudget },
): Promise<Buffer> {
  const { limitBytes, budget } = options;
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== '' && !Object.hasOwn(INFLATE, encoding)) {
    throw new MonitorError(
      'unsupported',
      `Cannot read the body: found content-encoding "${encoding.slice(0, 40)}", expected gzip, deflate, br, zstd or none`,
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const held = { bytes: 0 };
  try {
    const body = await collect(request, limitBytes, budget, held);
    const inflateBody = INFLATE[encoding];
    return inflateBody === undefined ? body : await inflated(inflateBody, body, encoding, limitBytes);
  } finally {
    budget.usedBytes -= held.bytes;
  }
}

function collect(
  request: IncomingMessage,
  limitBytes: number,
  budget: BodyBudget,
  held: { bytes: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const fail = (error: MonitorError): void => {
      chunks.length = 0;
      request.removeListener('data', take);
      // The rest is read and dropped, so that the client hears the answer before the connection ends.
      request.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      held.bytes += chunk.length;
      budget.usedBytes += chunk.length;
      if (held.bytes > limitBytes) fail(tooLarge(limitBytes));
      else if (budget.usedBytes > budget.limitBytes) fail(tooBusy());
      else chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.once('close', () => {
      if (!request.complete) {
        reject(new MonitorError('invalid', 'Cannot read the body: the client closed the connection'));
      }
    });
    request.once('error', (error) => {
      reject(new MonitorError('invalid', `Cannot read the body: ${error.message}`, { cause: error }));
    });
  });
}

async function inflated(
  inflateBody: Inflate,
  body: Buffer,
  encoding: string,
  limitBytes: number,
): Promise<Buffer> {
  try {
    return await inflateInTurn(() => inflateBody(body, { maxOutputLength: limitBytes }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limitBytes);
    throw new MonitorError('invalid', `Cannot read the body: it is not ${encoding} as its header says`, {
      cause: error,
    });
  }
}

/** `deflate` is zlib's format by the standard; some clients send the bare one. */
function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

function tooLarge(limitBytes: number): MonitorError {
  return new MonitorError(
    'too_large',
    `Cannot take the body: it is larger than ${limitBytes / (1024 * 1024)} MiB inflated. Send smaller batches`,
  );
}

function tooBusy(): MonitorError {
  return new MonitorError(
    'unavailable',
    'Cannot read the body: too many large requests at once. Send it again',
    { retryAfterS: 1 },
  );
}
