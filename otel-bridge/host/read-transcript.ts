import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TranscriptContext, TranscriptFormat, TranscriptState } from '../agents/transcript-format.ts';
import type { AgentEvent } from '../domain/event.ts';
import type { EventBatcher } from './event-batcher.ts';
import type { FilePosition } from './follower-state.ts';
import type { HostLog } from './host-log.ts';
import { type FileLine, MAX_LINE_BYTES, readLines } from './read-lines.ts';
import type { FoundFile } from './scan-transcripts.ts';

/** How much of a file's beginning tells it from another. */
const HEAD_BYTES = 512;
/** How much of a line is looked at before it is parsed. */
const LINE_HEAD_BYTES = 512;
/** Other work of the process gets its turn after this much of ours. */
const TURN_MS = 8;
/** Other files get their turn after this much of one. */
const MAX_STEP_BYTES = 16 * 1024 * 1024;

/** What reading a transcript needs beside the file. */
export interface ReadTranscriptOptions {
  readonly batcher: EventBatcher;
  readonly log: HostLog;
  /** Events before this are left out, unix ms. */
  readonly cutoffMs: number;
  /** Whether the file has stopped growing, so that it can be told to its end. */
  readonly ended: boolean;
  readonly context: Omit<TranscriptContext, 'companion' | 'path'>;
  /** Called with a position once everything before it is durable. */
  readonly onDurable: (position: FilePosition) => void;
  readonly signal: AbortSignal;
}

/** How far one reading of a file came. */
export interface ReadResult {
  /** Durable only once `onDurable` got it. */
  readonly position: FilePosition;
  /** False where other files were to have their turn. */
  readonly reachedEnd: boolean;
}

/**
 * Reads what is new in a transcript and hands its events to the batcher, up to 16 MiB of it.
 * A file that was truncated or written anew is read from its start. Lines that are no JSON are counted and skipped.
 */
export async function readTranscript(
  found: FoundFile,
  known: FilePosition | undefined,
  options: ReadTranscriptOptions,
): Promise<ReadResult> {
  // The last part of the path is a file that was found; a symlink put in its place meanwhile is not followed.
  await using file = await open(found.path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  const stats = await file.stat();
  const { format } = found.root;
  const toLines = found.path.endsWith('.jsonl') ? undefined : format.documentLines;
  // A document is written anew: what was told of it already has the same ids again.
  const start = toLines === undefined ? await resumeAt(file, known, stats.ino, stats.size) : undefined;
  const context = { ...options.context, path: found.path, companion: await readCompanion(found) };
  let offset = start?.offset ?? 0;
  let memory: TranscriptState | undefined = start?.memory;
  let badLines = 0;
  let turnStartedMs = performance.now();
  const head = await headOf(file, Math.min(HEAD_BYTES, stats.size));
  const position = (finished: boolean): FilePosition => ({
    inode: stats.ino,
    offset,
    sizeBytes: stats.size,
    modifiedMs: stats.mtimeMs,
    ...head,
    ...(memory === undefined ? {} : { memory }),
    finished,
  });
  const tell = async (events: readonly AgentEvent[], finished = false): Promise<FilePosition> => {
    const wanted = events.filter(({ tsMs }) => tsMs >= options.cutoffMs);
    const reached = position(finished);
    await options.batcher.add(wanted, () => options.onDurable(reached));
    return reached;
  };

  const mayGoOn = (): boolean => toLines !== undefined || offset - (start?.offset ?? 0) < MAX_STEP_BYTES;
  const entries = toLines === undefined ? lineEntries(file, offset, format) : documentEntries(file, toLines);
  for await (const { value, endOffset } of entries) {
    offset = endOffset;
    if (value === BAD) badLines++;
    else if (value !== SILENT) {
      const step = format.read(value, memory, context);
      memory = step.state;
      if (step.events.length > 0) await tell(step.events);
    }
    if (performance.now() - turnStartedMs > TURN_MS) {
      await nextTurn();
      options.signal.throwIfAborted();
      turnStartedMs = performance.now();
    }
    if (!mayGoOn()) break;
  }
  if (badLines > 0)
    options.log.warn(
      { path: found.path, lines: badLines },
      `Skipped ${badLines} lines of "${found.path}" that are not JSON`,
    );
  const reachedEnd = mayGoOn();
  if (!reachedEnd || !options.ended) return { position: await tell([]), reachedEnd };
  const last = format.finish(memory, context);
  memory = last.state;
  return { position: await tell(last.events, true), reachedEnd };
}

const BAD = Symbol('bad line');
const SILENT = Symbol('line that tells nothing');

/** What a transcript says at one place. */
interface Entry {
  readonly value: unknown;
  /** Position behind it. */
  readonly endOffset: number;
}

async function* lineEntries(
  file: FileHandle,
  offset: number,
  { mayTell }: TranscriptFormat,
): AsyncGenerator<Entry> {
  for await (const line of readLines(file, offset)) {
    yield { value: parseLine(line, mayTell), endOffset: line.endOffset };
  }
}

/** The entries of a file that is one document. One that is just being written is read when it is whole. */
async function* documentEntries(
  file: FileHandle,
  toLines: NonNullable<TranscriptFormat['documentLines']>,
): AsyncGenerator<Entry> {
  const { size } = await file.stat();
  const bytes = size > MAX_LINE_BYTES ? null : await file.readFile();
  const document = parseLine({ bytes, endOffset: size }, () => true);
  if (document === SILENT) return;
  const lines = document === BAD ? [BAD] : toLines(document);
  for (const value of lines) yield { value, endOffset: size };
}

function parseLine({ bytes }: FileLine, mayTell: (head: string) => boolean): unknown {
  if (bytes === null) return BAD;
  if (bytes.length === 0 || !mayTell(bytes.toString('latin1', 0, LINE_HEAD_BYTES))) return SILENT;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return BAD;
  }
}

/** Where to go on; undefined = at the start, since the file is not the one that was read. */
async function resumeAt(
  file: FileHandle,
  known: FilePosition | undefined,
  inode: number,
  sizeBytes: number,
): Promise<FilePosition | undefined> {
  if (known === undefined || known.inode !== inode || sizeBytes < known.offset) return undefined;
  const { head } = await headOf(file, known.headBytes);
  return head === known.head ? known : undefined;
}

async function headOf(
  file: FileHandle,
  headBytes: number,
): Promise<Pick<FilePosition, 'head' | 'headBytes'>> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64url').slice(0, 16);
  return { head, headBytes: bytesRead };
}

/** The description beside a transcript, where its format has one and it can be read. */
async function readCompanion({ root, path }: FoundFile): Promise<TranscriptContext['companion']> {
  const companion = root.format.companionOf(path);
  if (companion === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(await readFile(companion, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // It is written after the transcript's first lines; the lines say most of it themselves.
    return undefined;
  }
}
