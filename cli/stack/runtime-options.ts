import type { CommandContext } from '../command.ts';
import type { RuntimeOptions } from '../runtime.ts';
import type { Settings } from '../settings/schema.ts';
import type { Installation } from './installation.ts';

/** What every runtime is made with. */
export function runtimeOptionsOf(
  context: CommandContext,
  settings: Settings,
  installation: Installation,
): RuntimeOptions {
  const { paths, packageFiles, env, output, signal } = context;
  return { paths, settings, stackDir: installation.stack_dir, packageFiles, env, output, signal };
}
