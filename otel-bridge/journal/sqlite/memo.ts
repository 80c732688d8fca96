import type { DatabaseSync } from 'node:sqlite';

const MAX_ANSWERS = 64;

/**
 * Remembers answers until anything is written to the journal. Pages ask the same every few seconds; while no agent
 * works, that costs nothing.
 */
export function createMemo(database: DatabaseSync): <T>(question: unknown, answer: () => T) => T {
  const version = database.prepare('PRAGMA data_version');
  let seen: unknown;
  const answers = new Map<string, unknown>();
  return <T>(question: unknown, answer: () => T): T => {
    const now = version.get()?.data_version;
    if (now !== seen || answers.size >= MAX_ANSWERS) answers.clear();
    seen = now;
    const key = JSON.stringify(question);
    if (answers.has(key)) return answers.get(key) as T;
    const found = answer();
    answers.set(key, found);
    return found;
  };
}
