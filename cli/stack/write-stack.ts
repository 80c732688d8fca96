import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Manifest, readManifest, sha256, writeManifest } from './manifest.ts';
import type { StackFiles } from './render-stack.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * What became of a file. `kept`: somebody edited it, so it stays. `replaced`: it was edited and yet written anew,
 * a copy of it lies in the backup. `removed`: no longer needed and never edited.
 */
export type FileOutcome = 'created' | 'unchanged' | 'renewed' | 'kept' | 'replaced' | 'removed';

/** One file and what became of it. */
export interface FileChange {
  /** Relative to the folder. */
  readonly path: string;
  readonly outcome: FileOutcome;
}

/** What `writeStack` did. */
export interface WriteStackResult {
  readonly changes: readonly FileChange[];
  /** Folder with copies of replaced files; null where none was. */
  readonly backupDir: string | null;
}

/** Options of `writeStack`. */
export interface WriteStackOptions {
  readonly dir: string;
  readonly manifestFile: string;
  readonly files: StackFiles;
  readonly version: string;
  /** Write edited files anew too, keeping a backup. */
  readonly force: boolean;
  readonly now: Date;
}

/** Containers run as other users, who have to read these. Nothing in them is secret. */
const FILE_MODE = 0o644;

/** Writes the generated files: what the user has edited stays, everything else becomes what is wanted. */
export async function writeStack(options: WriteStackOptions): Promise<WriteStackResult> {
  const { dir, files, version } = options;
  const old = await readManifest(options.manifestFile, dir);
  const backupDir = join(dir, `backup-${options.now.toISOString().replaceAll(':', '-')}`);
  const entries: Record<string, Manifest['files'][string]> = {};
  const changes: FileChange[] = [];
  for (const [path, wanted] of files) {
    const outcome = outcomeFor(
      await readIfThere(join(dir, path)),
      wanted,
      old.files[path]?.sha256,
      options.force,
    );
    if (outcome === 'replaced') await backUp(join(dir, path), join(backupDir, path));
    if (outcome !== 'unchanged' && outcome !== 'kept') {
      await writeFileAtomic(join(dir, path), wanted, FILE_MODE);
    }
    const oldEntry = old.files[path];
    if (outcome !== 'kept') entries[path] = { sha256: sha256(wanted), version };
    else if (oldEntry !== undefined) entries[path] = oldEntry;
    changes.push({ path, outcome });
  }
  for (const [path, entry] of Object.entries(old.files)) {
    if (files.has(path)) continue;
    const found = await readIfThere(join(dir, path));
    if (found === null) continue;
    if (sha256(found) === entry.sha256) {
      await rm(join(dir, path));
      changes.push({ path, outcome: 'removed' });
    } else {
      entries[path] = entry;
      changes.push({ path, outcome: 'kept' });
    }
  }
  await writeManifest(options.manifestFile, { dir, files: entries });
  const hasBackup = changes.some(({ outcome }) => outcome === 'replaced');
  return { changes, backupDir: hasBackup ? backupDir : null };
}

function outcomeFor(
  found: Buffer | null,
  wanted: string,
  writtenHash: string | undefined,
  force: boolean,
): FileOutcome {
  if (found === null) return 'created';
  const foundHash = sha256(found);
  if (foundHash === sha256(wanted)) return 'unchanged';
  if (foundHash === writtenHash) return 'renewed';
  return force ? 'replaced' : 'kept';
}

async function backUp(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to);
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
