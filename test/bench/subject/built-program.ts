import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

/** The product as users get it. */
export interface BuiltProgram {
  readonly monitor: string;
  readonly bridge: string;
  /** What command hooks run. */
  readonly hookSender: string;
}

/** Builds the product into a folder of its own, so that what is measured is what the sources say. */
export function buildProgram(folder: string): BuiltProgram {
  const dist = join(folder, 'dist');
  const root = join(import.meta.dirname, '../../..');
  // The command reads its version from there.
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  execFileSync(process.execPath, [join(root, '.ci/build.ts'), dist], { cwd: root });
  return {
    monitor: join(dist, 'monitor.mjs'),
    bridge: join(dist, 'bridge.mjs'),
    hookSender: join(dist, 'hooks/hook-sender.cjs'),
  };
}
