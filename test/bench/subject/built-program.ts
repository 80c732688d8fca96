import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The product as users get it. */
export interface BuiltProgram {
  readonly monitor: string;
  readonly bridge: string;
}

/** Builds the product into a folder of its own, so that what is measured is what the sources say. */
export function buildProgram(folder: string): BuiltProgram {
  const dist = join(folder, 'dist');
  const root = join(import.meta.dirname, '../../..');
  execFileSync(process.execPath, [join(root, '.ci/build.ts'), dist], { cwd: root });
  return { monitor: join(dist, 'monitor.mjs'), bridge: join(dist, 'bridge.mjs') };
}
