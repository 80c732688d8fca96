import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { TranscriptRoot } from './transcript-roots.ts';

/** Folders below a root that may hold further transcripts; deeper ones are not looked at. */
const MAX_DEPTH = 6;

/** A transcript as it lies on disk. */
export interface FoundFile {
  readonly root: TranscriptRoot;
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly inode: number;
}

/**
 * The transcripts below a folder of a root. Symlinks are not followed: what they lead to inside the root is found at
 * its own place, and outside there is nothing to look for. What vanishes or cannot be read meanwhile is left out.
 */
export async function* scanTranscripts(
  root: TranscriptRoot,
  folder = root.path,
  depth = 0,
): AsyncGenerator<FoundFile> {
  if (folder !== root.path && !mayHold(root, folder)) return;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < MAX_DEPTH) {
      yield* scanTranscripts(root, path, depth + 1);
    } else if (entry.isFile()) {
      const found = await findTranscript(root, path);
      if (found !== null) yield found;
    }
  }
}

/** One file, where it is a transcript; null where it is none or is gone. */
export async function findTranscript(root: TranscriptRoot, path: string): Promise<FoundFile | null> {
  const inRoot = pathInRoot(root, path);
  if (root.onlyFile !== undefined && inRoot !== root.onlyFile) return null;
  if (root.onlyFile === undefined && !mayBeTranscript(root, inRoot)) return null;
  const stats = await statsOf(path);
  if (stats === null || !stats.isFile()) return null;
  return { root, path, sizeBytes: stats.size, modifiedMs: stats.mtimeMs, inode: stats.ino };
}

function mayBeTranscript(root: TranscriptRoot, inRoot: string): boolean {
  return root.anyPath ? inRoot.endsWith('.jsonl') : root.format.isTranscript(inRoot);
}

/** The folders directly below a root: one per project. */
export async function projectFolders(root: TranscriptRoot): Promise<string[]> {
  const entries = await entriesOf(root.path);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root.path, entry.name))
    .filter((folder) => mayHold(root, folder));
}

function mayHold(root: TranscriptRoot, folder: string): boolean {
  if (root.onlyFile !== undefined) return false;
  return root.anyPath || root.format.mayHold(pathInRoot(root, folder));
}

function pathInRoot(root: TranscriptRoot, path: string): string {
  return relative(root.path, path).split(sep).join('/');
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function statsOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch {
    return null;
  }
}
