import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../command.ts';
import { createRuntime } from '../create-runtime.ts';
import { CliError } from '../errors.ts';
import type { Runtime, RuntimeName } from '../runtime.ts';
import type { LoadedSettings, SettingsOverrides } from '../settings/load-settings.ts';
import type { Settings } from '../settings/schema.ts';
import { ensureTokenSecret } from '../tokens/token-secret.ts';
import { agentHomes } from './agent-homes.ts';
import { assertRuntimeMayChange } from './assert-runtime-may-change.ts';
import { buildBridgeConfig } from './bridge-config.ts';
import { chooseRuntime, type RuntimeChoice } from './choose-runtime.ts';
import { dockerSocket } from './docker-socket.ts';
import { editSettings } from './edit-settings.ts';
import type { HostFacts } from './host-section.ts';
import { type Installation, readInstallation, writeInstallation } from './installation.ts';
import { prepareDocker } from './prepare-docker.ts';
import { runtimeOptionsOf } from './runtime-options.ts';
import { agentsNetworkName } from './stack-names.ts';
import { readTargetAuthorities } from './target-authorities.ts';
import { writeIfChanged } from './write-if-changed.ts';
import type { FileChange } from './write-stack.ts';

/** What init and up want of an installation. */
export interface PrepareOptions {
  /** `--runtime`; null = as it is, or the best one. */
  readonly runtime: RuntimeName | null;
  /** Whether another runtime than before may be settled on: init may, up may not. */
  readonly mayChangeRuntime: boolean;
  /** Settings from flags; they are written to settings.yaml, so that every later command sees them. */
  readonly overrides: SettingsOverrides;
  /** Folder for the generated files; null = as it is, or the default one. */
  readonly stackDir: string | null;
  readonly force: boolean;
  /** False: `--no-import`. */
  readonly importHistory: boolean;
}

/** An installation whose files are all in place. */
export interface PreparedInstallation {
  readonly installation: Installation;
  readonly loaded: LoadedSettings;
  readonly runtime: Runtime;
  /** It was set up just now. */
  readonly isNew: boolean;
  readonly changes: readonly FileChange[];
  readonly backupDir: string | null;
}

/**
 * Makes settings, secrets and generated files what they have to be. Starts nothing. Twice is as good as once.
 * @throws CliError SETTINGS_INVALID, PREREQUISITE_MISSING, RUNTIME_CHANGE_REFUSED
 */
export async function prepareInstallation(
  context: CommandContext,
  options: PrepareOptions,
): Promise<PreparedInstallation> {
  const { paths, packageFiles } = context;
  const settingsOutcome = await ensureSettingsFile(context, options.overrides);
  const loaded = await context.loadSettings(options.overrides);
  const { settings } = loaded;
  const old = await readInstallation(paths);
  const choice = await settleRuntime(context, options, old, settings);
  const installation: Installation = {
    ...choice,
    stack_dir: options.stackDir ?? old?.stack_dir ?? paths.stackDir,
    timezone: old?.timezone ?? resolveTimezone(settings),
    version: packageFiles.version,
  };
  const runtime = await createRuntime(
    installation.runtime,
    runtimeOptionsOf(context, settings, installation),
  );
  await runtime.checkPrerequisites();
  const { changes, backupDir } = await writeFiles(context, options, settings, installation);
  await writeInstallation(paths, installation);
  // A word in the file that contradicts the flag would be in the way of the next `up`.
  if (
    options.runtime !== null &&
    loaded.originOf(['runtime']).kind === 'file' &&
    settings.runtime !== 'auto'
  ) {
    await editSettings(paths.settingsFile, { runtime: options.runtime });
  }
  return {
    installation,
    loaded,
    runtime,
    isNew: old === null,
    changes: [{ path: paths.settingsFile, outcome: settingsOutcome }, ...changes],
    backupDir,
  };
}

/** Writes settings.yaml where there is none, and what flags change where there is one. */
async function ensureSettingsFile(
  { paths, packageFiles, loadSettings }: CommandContext,
  overrides: SettingsOverrides,
): Promise<'created' | 'unchanged' | 'renewed'> {
  const file = paths.settingsFile;
  const isNew = !existsSync(file);
  if (isNew) {
    const template = await readFile(join(packageFiles.templatesDir, 'settings.yaml'), 'utf8');
    await writeIfChanged(file, template, 0o600);
  }
  if (Object.keys(overrides).length > 0) {
    // Nothing that is invalid gets into the file.
    await loadSettings(overrides);
    await editSettings(file, overrides);
    return isNew ? 'created' : 'renewed';
  }
  return isNew ? 'created' : 'unchanged';
}

/** The runtime to go on with. @throws CliError RUNTIME_CHANGE_REFUSED */
async function settleRuntime(
  context: CommandContext,
  options: PrepareOptions,
  old: Installation | null,
  settings: Settings,
): Promise<RuntimeChoice> {
  const wanted = options.runtime ?? (settings.runtime === 'auto' ? null : settings.runtime);
  if (old === null) return chooseRuntime(wanted, context.env);
  if (wanted === null || wanted === old.runtime) return { runtime: old.runtime, reason: old.reason };
  if (!options.mayChangeRuntime) {
    throw new CliError(
      'RUNTIME_CHANGE_REFUSED',
      `Cannot start with runtime "${wanted}": this home was set up with "${old.runtime}"`,
      { fix: [`monitor down && monitor init --runtime ${wanted} && monitor up`] },
    );
  }
  const before = await createRuntime(old.runtime, runtimeOptionsOf(context, settings, old));
  await assertRuntimeMayChange({ before, wanted, env: context.env, paths: context.paths });
  return { runtime: wanted, reason: 'asked for' };
}

/** The time zone that `timezone:` means: the host's own for `host`. */
export function resolveTimezone({ timezone }: Settings): string {
  return timezone === 'host' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timezone;
}

async function writeFiles(
  context: CommandContext,
  options: PrepareOptions,
  settings: Settings,
  installation: Installation,
): Promise<{ readonly changes: readonly FileChange[]; readonly backupDir: string | null }> {
  const { paths } = context;
  await mkdir(paths.bridgeDir, { recursive: true, mode: 0o700 });
  await chmod(paths.bridgeDir, 0o700);
  await ensureTokenSecret(paths.tokenSecretFile);
  const hostFacts: HostFacts = {
    userHome: paths.userHome,
    hostname: hostname(),
    agentHomes: agentHomes(context.env),
    importHistory: options.importHistory,
    docker: { socketPath: dockerSocket(context.env), network: agentsNetworkName(paths, settings) },
  };
  if (installation.runtime === 'docker') {
    return prepareDocker({ context, settings, installation, hostFacts, force: options.force });
  }
  const trustedNetworks = settings.allow_unauthenticated_from.filter((network) => network !== 'gateway');
  const config = buildBridgeConfig({
    runtime: 'embedded',
    settings,
    paths,
    timezone: installation.timezone,
    trustedNetworks,
    targetAuthorities: await readTargetAuthorities(settings, paths.userHome),
    ...hostFacts,
  });
  const outcome = await writeIfChanged(
    join(installation.stack_dir, 'bridge.json'),
    `${JSON.stringify(config, null, 2)}\n`,
    0o600,
  );
  return {
    changes: [{ path: 'bridge.json', outcome }],
    backupDir: null,
  };
}
