import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { HostLog } from './host-log.ts';

const filePositionSchema = z.object({
  inode: z.number(),
  /** Behind the last line whose events were acknowledged. */
  offset: z.number().int().nonnegative(),
  /** Size at that time; a file of this size has nothing new. */
  sizeBytes: z.number().int().nonnegative(),
  modifiedMs: z.number(),
  /** Digest of the first `headBytes` bytes: tells a file that was written anew from one that grew. */
  head: z.string(),
  headBytes: z.number().int().nonnegative(),
  /** What the format remembers between two lines. */
  memory: z.record(z.string(), z.unknown()).optional(),
  /** True once a file that no longer grows was told to its end. */
  finished: z.boolean(),
});

const followerStateSchema = z.object({
  version: z.literal(1),
  /** How many days back were asked for (null = all), and the time that follows from it, unix ms. */
  importDays: z.number().nullable(),
  cutoffMs: z.number(),
  files: z.record(z.string(), filePositionSchema),
});

/** How far a transcript was read. */
export type FilePosition = z.infer<typeof filePositionSchema>;

/** How far all transcripts were read. */
export interface FollowerState {
  readonly cutoffMs: number;
  readonly files: Map<string, FilePosition>;
}

const DAY_MS = 86_400_000;

/**
 * Reads how far an earlier process came. Where nothing is kept, or more history is asked for than then, reading starts
 * anew: events have the same ids again, so nothing counts twice.
 */
export async function loadFollowerState(
  path: string | null,
  importDays: number | null,
  nowMs: number,
  log: HostLog,
): Promise<FollowerState> {
  const fresh = { cutoffMs: importDays === null ? 0 : nowMs - importDays * DAY_MS, files: new Map() };
  if (path === null) return fresh;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return fresh;
  }
  const kept = followerStateSchema.safeParse(parseJson(text));
  if (!kept.success) {
    log.warn(
      { path },
      `Cannot read "${path}", where transcripts were read up to: it is damaged. Reading them anew`,
    );
    return fresh;
  }
  if (kept.data.importDays !== importDays) return fresh;
  return { cutoffMs: kept.data.cutoffMs, files: new Map(Object.entries(kept.data.files)) };
}

/** Writes how far reading came; readers see the old or the new text, never half of one. */
export async function saveFollowerState(
  path: string,
  importDays: number | null,
  { cutoffMs, files }: FollowerState,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({ version: 1, importDays, cutoffMs, files: Object.fromEntries(files) });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
