import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';
import type { EditMemory } from './hook-kind.ts';

const memorySchema = z.object({
  agent: z.string(),
  /** Machine; empty = this one. */
  place: z.string(),
  path: z.string(),
  existed: z.boolean(),
  created: z.array(z.string()),
  blank: z.string().optional(),
  handlers: z.array(z.object({ event: z.string().nullable(), text: z.string() })).default([]),
});

/** What was remembered of one installation. */
export type RememberedEdit = z.infer<typeof memorySchema>;

/** What `monitor hooks` remembers of its edits, in a folder with a file for each. */
export interface EditMemories {
  /** Null where nothing was remembered. */
  find(agent: string, place: string, path: string): EditMemory | null;
  all(): readonly RememberedEdit[];
  keep(edit: RememberedEdit): Promise<void>;
  forget(agent: string, place: string, path: string): Promise<void>;
}

/** Reads what there is. What cannot be read is as good as forgotten: removing works without it, too. */
export async function readEditMemories(folder: string): Promise<EditMemories> {
  const fileOf = (agent: string, place: string, path: string): string =>
    join(
      folder,
      `${agent}-${createHash('sha256').update(`${place}\0${path}`).digest('hex').slice(0, 16)}.json`,
    );
  const known: RememberedEdit[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    const parsed = memorySchema.safeParse(parse(await readFile(join(folder, name), 'utf8')));
    if (parsed.success) known.push(parsed.data);
  }
  return {
    find: (agent, place, path) =>
      known.find((edit) => edit.agent === agent && edit.place === place && edit.path === path) ?? null,
    all: () => known,
    keep: (edit) =>
      writeFileAtomic(fileOf(edit.agent, edit.place, edit.path), `${JSON.stringify(edit, null, 2)}\n`, 0o600),
    forget: (agent, place, path) => rm(fileOf(agent, place, path), { force: true }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Damaged: see above.
    return null;
  }
}
