import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parentProcess } from './parent-process.ts';

/** As hooks/sender/note-session.ts writes it. */
const noteSchema = z.object({
  session_id: z.string().min(1),
  framework: z.string(),
  ancestors: z.array(z.number().int()),
  noted: z.number(),
});

/** What is known of the session that this process is part of. */
export type FoundSession =
  | { readonly found: true; readonly sessionId: string; readonly framework: string }
  /** Why no session can be named. */
  | { readonly found: false; readonly reason: string };

/** How far up the agent may be: a launcher and a shell may stand in between. */
const MAX_ANCESTORS = 6;

/** What finding needs. */
export interface FindSessionOptions {
  /** Folder of the notes. */
  readonly folder: string;
  /** Process to begin with: the one that started this one. */
  readonly pid: number;
  /** @default the machine's own processes */
  readonly parentOf?: (pid: number) => Promise<number | null>;
}

/**
 * Finds the session of the agent that started this process: the nearest of its ancestors for which an agent's hook noted
 * a session. Several agents below one shell are told apart; what cannot be told apart is not guessed.
 */
export async function findSession(options: FindSessionOptions): Promise<FoundSession> {
  const { folder, parentOf = parentProcess } = options;
  const notes = await readNotes(folder);
  if (notes.length === 0) {
    return missing(
      'no agent has said which session it runs: its hooks are not installed, or it began before them',
    );
  }
  let pid: number | null = options.pid;
  for (let step = 0; step < MAX_ANCESTORS && pid !== null && pid > 1; step += 1) {
    const current: number = pid;
    const here = notes.filter(({ ancestors }) => ancestors.includes(current));
    const nearest = here.filter(({ ancestors }) => ancestors[0] === current);
    const candidates = nearest.length > 0 ? nearest : here;
    const agents = new Set(candidates.map(({ ancestors }) => ancestors[0]));
    if (agents.size > 1) return missing('several agents run in this place');
    const [newest] = candidates.sort((a, b) => b.noted - a.noted);
    if (newest !== undefined) {
      return { found: true, sessionId: newest.session_id, framework: newest.framework };
    }
    pid = await parentOf(current);
  }
  return missing('none of the agents that said so started this process');
}

function missing(reason: string): FoundSession {
  return { found: false, reason };
}

async function readNotes(folder: string): Promise<z.infer<typeof noteSchema>[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    // No agent has noted anything yet.
    return [];
  }
  const notes = await Promise.all(
    names.map(async (name) => {
      try {
        return noteSchema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8'))).data;
      } catch {
        // Being written, or thrown away, right now.
        return undefined;
      }
    }),
  );
  return notes.filter((note) => note !== undefined);
}
