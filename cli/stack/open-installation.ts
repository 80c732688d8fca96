import type { CommandContext } from '../command.ts';
import { createRuntime } from '../create-runtime.ts';
import { CliError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { defaultSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/schema.ts';
import { type Installation, readInstallation } from './installation.ts';
import { runtimeOptionsOf } from './runtime-options.ts';

/** An installation that init has made, as it is. */
export interface OpenedInstallation {
  readonly installation: Installation;
  readonly settings: Settings;
  readonly runtime: Runtime;
}

/** Options of `openInstallation`. */
export interface OpenInstallationOptions {
  /** Given by what can do without settings: hears what is wrong with them, and the defaults stand in. @default it throws */
  onInvalidSettings?(error: CliError): void;
}

/** Null where nothing was ever set up. @throws CliError SETTINGS_INVALID */
export async function openInstallation(
  context: CommandContext,
  { onInvalidSettings }: OpenInstallationOptions = {},
): Promise<OpenedInstallation | null> {
  const { settings } = await context.loadSettings().catch((error: unknown) => {
    if (onInvalidSettings === undefined) throw error;
    if (!(error instanceof CliError) || error.code !== 'SETTINGS_INVALID') throw error;
    onInvalidSettings(error);
    return defaultSettings();
  });
  const installation = await readInstallation(context.paths);
  if (installation === null) return null;
  const runtime = await createRuntime(
    installation.runtime,
    runtimeOptionsOf(context, settings, installation),
  );
  return { installation, settings, runtime };
}
