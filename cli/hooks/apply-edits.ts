import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';
import type { EditMemories } from './edit-memory.ts';
import type { FileEdit } from './hook-kind.ts';
import type { HookPlace } from './hook-place.ts';

/** What edits are applied with. */
export interface ApplyEditsOptions {
  readonly agent: string;
  readonly place: HookPlace;
  readonly memories: EditMemories;
  /** Folder of the copies that are made of what is changed. */
  readonly backupDir: string;
  /** Unix ms. */
  readonly nowMs: number;
}

const BACKUP_MODE = 0o600;

/**
 * Carries edits out, each file with a copy of what it was first.
 * @returns the copies
 * @throws CliError OTHER_OWNER where a file changed since it was looked at
 */
export async function applyEdits(edits: readonly FileEdit[], options: ApplyEditsOptions): Promise<string[]> {
  const { agent, place, memories, backupDir, nowMs } = options;
  for (const { path, before } of edits) {
    if ((await place.read(path)) === before) continue;
    throw new CliError('OTHER_OWNER', `Cannot edit "${path}": somebody else changed it at the same time`, {
      fix: ['try again'],
    });
  }
  const backups: string[] = [];
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  for (const { path, before, after, mode = BACKUP_MODE, memory } of edits) {
    if (before === after) {
      await memories.forget(agent, place.name, path);
      continue;
    }
    if (before !== null) {
      const backup = join(backupDir, `${stamp}-${[place.name, path].join('').replaceAll(/[^\w.-]+/g, '_')}`);
      await writeFileAtomic(backup, before, BACKUP_MODE);
      backups.push(backup);
    }
    // Remembered first: what is remembered and not there does no harm.
    if (memory !== undefined)
      await memories.keep({
        agent,
        place: place.name,
        path,
        existed: memory.existed,
        created: [...memory.created],
        ...(memory.blank === undefined ? {} : { blank: memory.blank }),
        handlers: [...(memory.handlers ?? [])],
      });
    if (after === null) await place.remove(path);
    else await place.write(path, after, mode);
    if (memory === undefined) await memories.forget(agent, place.name, path);
  }
  return backups;
}
