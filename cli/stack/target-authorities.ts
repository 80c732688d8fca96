import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CliError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { expandHome } from './expand-home.ts';

/** Authorities that targets' certificates have to be signed by: name of the target -> PEM. */
export type TargetAuthorities = ReadonlyMap<string, string>;

/**
 * Reads the files that `targets.<name>.ca_file` names. Their text goes into bridge.json, since a container sees no
 * file of the host.
 * @throws CliError SETTINGS_INVALID where a file is missing or holds no certificate
 */
export async function readTargetAuthorities(
  { targets }: Settings,
  userHome: string,
): Promise<TargetAuthorities> {
  const authorities = new Map<string, string>();
  for (const [name, { ca_file: file }] of Object.entries(targets)) {
    if (file === null) continue;
    const path = expandHome(file, userHome);
    try {
      const pem = await readFile(path, 'utf8');
      new X509Certificate(pem);
      authorities.set(name, pem);
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      throw new CliError(
        'SETTINGS_INVALID',
        `Cannot use targets.${name}.ca_file "${file}": ${found}. Expected a file with certificates in PEM`,
        { cause: error },
      );
    }
  }
  return authorities;
}
