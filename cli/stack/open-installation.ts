import type { CommandContext } from '../command.ts';
import { createRuntime } from '../create-runtime.ts';
import type { Runtime } from '../runtime.ts';
import type { Settings } from '../settings/schema.ts';
import { type Installation, readInstallation } from './installation.ts';
import { runtimeOptionsOf } from './runtime-options.ts';

/** An installation that init has made, as it is. */
export interface OpenedInstallation {
  readonly installation: Installation;
  readonly settings: Settings;
  readonly runtime: Runtime;
}

/** Null where nothing was ever set up. @throws CliError SETTINGS_INVALID */
export async function openInstallation(context: CommandContext): Promise<OpenedInstallation | null> {
  const { settings } = await context.loadSettings();
  const installation = await readInstallation(context.paths);
  if (installation === null) return null;
  const runtime = await createRuntime(
    installation.runtime,
    runtimeOptionsOf(context, settings, installation),
  );
  return { installation, settings, runtime };
}
