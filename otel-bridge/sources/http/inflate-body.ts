import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { MonitorError } from '../../domain/error.ts';
import { takeTurns } from '../admission/take-turns.ts';

/** Content codings that are inflated. */
type Coding = 'gzip' | 'x-gzip' | 'deflate' | 'br' | 'zstd';

type Inflater = (
  body: Buffer,
  options: { readonly chunkSize: number },
) => Transform & { readonly bytesWritten: number };

const INFLATERS: Readonly<Record<Coding, Inflater>> = {
  gzip: (_, options) => createGunzip(options),
  'x-gzip': (_, options) => createGunzip(options),
  // `deflate` is zlib's format by the standard; some clients send the bare one.
  deflate: (body, options) => (isZlib(body) ? createInflate(options) : createInflateRaw(options)),
  br: (_, options) => createBrotliDecompress(options),
  zstd: (_, options) => createZstdDecompress(options),
};

/** More at once would only fill the memory with what waits for the others. */
const inTurn = takeTurns(2);
const MIN_CHUNK_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 256 * 1024;
/** What JSON of agents shrinks by. */
const USUAL_RATIO = 4;

/** Frames of zstd in one body. Each takes an inflater of its own, and an empty one is nine bytes. */
const MAX_FRAMES = 1000;

/** How far a body may grow. */
export interface InflateLimits {
  readonly limitBytes: number;
  /** Told of the bytes that are there by now; may throw to end it. */
  readonly hold: (bytes: number) => void;
}

/** True for a content coding that `inflateBody` knows. */
export function isCoding(coding: string): coding is Coding {
  return Object.hasOwn(INFLATERS, coding);
}

/**
 * Inflates a body piece by piece, and stops as soon as it is too large.
 * @throws MonitorError `too_large`; `invalid` for bytes that are not in that coding, or not all of them; what `hold`
 * throws.
 */
export function inflateBody(coding: Coding, body: Buffer, limits: InflateLimits): Promise<Buffer> {
  return inTurn(async () => {
    const chunkSize = Math.min(Math.max(MIN_CHUNK_BYTES, body.length * USUAL_RATIO), MAX_CHUNK_BYTES);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    let rest = body;
    let frames = 0;
    try {
      do {
        const inflater = INFLATERS[coding](rest, { chunkSize });
        inflater.end(rest);
        for await (const chunk of inflater) {
          sizeBytes += chunk.length;
          if (sizeBytes > limits.limitBytes) throw tooLarge(limits.limitBytes);
          limits.hold(sizeBytes);
          chunks.push(chunk);
        }
        rest = rest.subarray(inflater.bytesWritten);
        // Only of gzip does Node read on by itself. What is not read would be lost, with an answer that says it was taken.
        frames += 1;
      } while (coding === 'zstd' && rest.length > 0 && frames < MAX_FRAMES);
    } catch (error) {
      if (error instanceof MonitorError) throw error;
      throw new MonitorError('invalid', `Cannot read the body: it is not ${coding} as its header says`, {
        cause: error,
      });
    }
    if (rest.length > 0 && !isGzip(coding)) {
      throw new MonitorError(
        'invalid',
        `Cannot read the body: found ${rest.length} bytes behind its end, expected ${coding} and nothing else${frames < MAX_FRAMES ? '' : `, in at most ${MAX_FRAMES} frames`}`,
      );
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  });
}

/** The refusal of a body beyond the limit. */
export function tooLarge(limitBytes: number): MonitorError {
  return new MonitorError(
    'too_large',
    `Cannot take the body: it is larger than ${limitBytes / (1024 * 1024)} MiB inflated. Send smaller batches`,
  );
}

/** True for the coding of which Node reads all parts, and passes over zeros behind them. */
function isGzip(coding: Coding): boolean {
  return coding === 'gzip' || coding === 'x-gzip';
}

function isZlib(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
