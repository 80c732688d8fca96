import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** What `monitor hooks install` remembers of a file (cli/hooks/edit-memory.ts), as far as it is needed here. */
const memorySchema = z.object({
  agent: z.string(),
  /** Machine; empty = this one. */
  place: z.string(),
  path: z.string(),
  handlers: z.array(z.object({ event: z.string().nullable(), text: z.string() })).min(1),
});

/** Hooks that were installed in a file of this machine. */
export interface RememberedHooks {
  readonly agent: string;
  readonly path: string;
  /** What has to be in the file: below `hooks.<event>` of its JSON, or anywhere where `event` is null. */
  readonly handlers: readonly { readonly event: string | null; readonly text: string }[];
  /** When they were installed, unix ms. */
  readonly installedMs: number;
}

/** Reads what was installed on this machine. A folder that is not there holds none; what cannot be read is left out. */
export function readRememberedHooks(folder: string): RememberedHooks[] {
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    try {
      const parsed = memorySchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
      if (!parsed.success || parsed.data.place !== '') return [];
      return [{ ...parsed.data, installedMs: Math.round(statSync(path).mtimeMs) }];
    } catch {
      // Removed in this moment, or damaged: `monitor hooks` goes on without it, too.
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
