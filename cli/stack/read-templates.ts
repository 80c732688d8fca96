import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Texts of the templates by file name. */
export async function readTemplates(dir: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}
