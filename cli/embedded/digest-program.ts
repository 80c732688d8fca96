import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/**
 * Digest of the service's program, whose files begin with its name (`bridge.mjs`, `bridge-roles.mjs`), and of more files.
 * A clone is built anew under the same version: what runs would stay the old program.
 */
export async function digestProgram(program: string, ...files: readonly string[]): Promise<string> {
  const extension = extname(program);
  const name = basename(program, extension);
  const parts = (await readdir(dirname(program)))
    .filter((file) => file.startsWith(name) && file.endsWith(extension))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...parts.map((part) => join(dirname(program), part)), ...files]) {
    hash.update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}
