import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './errors.ts';

/** Files of this package that the command hands on. */
export interface PackageFiles {
  /** The bundled service, `node bridge.mjs supervise|host --config FILE`. */
  readonly bridgeProgram: string;
  /** What samples virtual machines for a bridge elsewhere, `node vm-sampler.mjs --config FILE`. */
  readonly vmSampler: string;
  /** What command hooks of agents run. */
  readonly hookSender: string;
  /** Folder with what is installed on agents' side as it is. */
  readonly hooksDir: string;
  /** Folder with the configuration templates. */
  readonly templatesDir: string;
  /** Version in package.json. */
  readonly version: string;
}

/**
 * Finds the package's files from the folder of the running program: `dist/` of an installed package, or `cli/` of a
 * clone whose TypeScript runs directly.
 * @throws CliError PREREQUISITE_MISSING where the bundle was never built
 */
export function findPackageFiles(programDir: string): PackageFiles {
  const root = join(programDir, '..');
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dist = join(root, 'dist');
  const templatesDir = [join(dist, 'templates'), join(root, 'templates')].find((path) => existsSync(path));
  if (templatesDir === undefined) {
    throw new CliError('PREREQUISITE_MISSING', `Cannot find the templates below "${root}"`, {
      fix: ['npm run build'],
    });
  }
  return {
    bridgeProgram: join(dist, 'bridge.mjs'),
    vmSampler: join(dist, 'vm-sampler.mjs'),
    hookSender: join(dist, 'hooks', 'hook-sender.cjs'),
    hooksDir: join(dist, 'hooks'),
    templatesDir,
    version: versionOf(manifest),
  };
}

function versionOf(manifest: unknown): string {
  const isObject = typeof manifest === 'object' && manifest !== null;
  const version = isObject && 'version' in manifest ? manifest.version : undefined;
  return typeof version === 'string' ? version : '0.0.0';
}
