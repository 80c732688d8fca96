import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { PartLogLine } from '../runtime.ts';
import { OLD_LOGS } from './log-file.ts';

/** How often a followed file is looked at. */
const FOLLOW_MS = 250;

/** Names of pino's levels. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** Keys that every line has and nobody reads. */
const NOISE = new Set(['pid', 'hostname', 'v']);

const logLineSchema = z.looseObject({
  level: z.number(),
  time: z.union([z.number(), z.string()]),
  msg: z.string().optional(),
  /** The role of the process: the supervisor is no part of its own. */
  name: z.string().optional(),
  part: z.string().optional(),
});

/** Reads one line of a log that pino wrote; another line stays as it is and belongs to `fallbackPart`. */
export function parseLogLine(line: string, fallbackPart: string): PartLogLine {
  const parsed = logLineSchema.safeParse(parseJson(line));
  if (!parsed.success) return { part: fallbackPart, ts: null, text: line };
  const { level, time, msg, name, part, ...rest } = parsed.data;
  const fields = Object.entries(rest)
    .filter(([key]) => !NOISE.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return {
    part: part ?? (name === 'host' ? name : fallbackPart),
    ts: new Date(time).toISOString(),
    text: [LEVELS[level] ?? String(level), msg ?? '', ...fields].filter((word) => word !== '').join(' '),
  };
}

/** Size of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

/** Lines of the first `endBytes` of a log file, and before them of those put aside; oldest first. */
export async function* readLog(path: string, endBytes: number): AsyncGenerator<string> {
  const names = Array.from({ length: OLD_LOGS }, (_, i) => `${path}.${OLD_LOGS - i}`);
  for (const name of [...names, path]) {
    const length = name === path ? endBytes : await sizeOf(name);
    if (length === 0) continue;
    const input = createReadStream(name, { encoding: 'utf8', end: length - 1 });
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  }
}

/** Lines of a log file after `fromBytes` as they are appended, until the signal. Starts over when it was emptied. */
export async function* followLog(
  path: string,
  fromBytes: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let position = fromBytes;
  let rest = Buffer.alloc(0);
  while (!signal.aborted) {
    const size = await sizeOf(path);
    if (size < position) {
      position = 0;
      rest = Buffer.alloc(0);
    }
    if (size > position) {
      const bytes = Buffer.concat([rest, await readRange(path, position, size)]);
      position = size;
      // Cut at a line's end before decoding: a character may be written in two halves.
      const end = bytes.lastIndexOf('\n') + 1;
      rest = bytes.subarray(end);
      for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) if (line !== '') yield line;
    }
    await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readRange(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A stack trace, or what a program said before it had a logger.
    return undefined;
  }
}
