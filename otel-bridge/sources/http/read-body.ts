import type { IncomingMessage } from 'node:http';
import { MonitorError } from '../../domain/error.ts';
import { type Admission, type Pass, tooSlow } from '../admission/admission.ts';
import { inflateBody, isCoding, tooLarge } from './inflate-body.ts';

/** How large a body may be, inflated: 20 MiB. */
export const BODY_LIMIT_BYTES = 20 * 1024 * 1024;

/** A body that was let in. It takes its room until it is disposed of: when its request is answered. */
export interface AdmittedBody extends Disposable {
  /** What was sent, inflated. */
  readonly bytes: Buffer;
  /** See `Pass`. */
  readonly unfold: Pass['unfold'];
}

/** What reading a body needs. */
export interface ReadBodyOptions {
  /** How large it may be, inflated. */
  readonly limitBytes: number;
  readonly admission: Admission;
}

/**
 * Reads the body of a request and inflates it. Stops as soon as it is too large, inflated or not.
 * @throws MonitorError `too_large`; `unsupported` for an encoding that is not known; `invalid` for bytes that are not
 * in it, or when the client went away; `unavailable` when there is no room for it.
 */
export async function readBody(
  request: IncomingMessage,
  { limitBytes, admission }: ReadBodyOptions,
): Promise<AdmittedBody> {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  const coding = encoding === '' || encoding === 'identity' ? null : encoding;
  if (coding !== null && !isCoding(coding)) {
    throw new MonitorError(
      'unsupported',
      `Cannot read the body: found content-encoding "${coding.slice(0, 40)}", expected gzip, deflate, br, zstd or none`,
    );
  }
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > limitBytes) throw tooLarge(limitBytes);
  let evict = (): void => undefined;
  const pass = admission.enter({ bytes: declaredBytes, evict: () => evict() });
  try {
    const sent = await collect(request, limitBytes, pass, (giveUp) => {
      evict = giveUp;
    });
    pass.arrived();
    const bytes =
      coding === null
        ? sent
        : await inflateBody(coding, sent, { limitBytes, hold: (size) => pass.hold(sent.length + size) });
    pass.hold(bytes.length);
    return { bytes, unfold: pass.unfold, [Symbol.dispose]: () => pass[Symbol.dispose]() };
  } catch (error) {
    pass[Symbol.dispose]();
    throw error;
  }
}

function collect(
  request: IncomingMessage,
  limitBytes: number,
  pass: Pass,
  onBegin: (giveUp: () => void) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const fail = (error: unknown): void => {
      chunks.length = 0;
      request.removeListener('data', take);
      // The rest is read and dropped, so that the client hears the answer before the connection ends.
      request.resume();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      try {
        if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
        pass.hold(sizeBytes);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    };
    onBegin(() => fail(tooSlow()));
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
