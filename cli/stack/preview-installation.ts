import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../command.ts';
import { agentHomes } from './agent-homes.ts';
import { buildBridgeConfig } from './bridge-config.ts';
import { chooseRuntime } from './choose-runtime.ts';
import { readInstallation } from './installation.ts';
import { makeDockerFiles } from './prepare-docker.ts';
import { type PrepareOptions, resolveTimezone } from './prepare-installation.ts';
import { readTargetAuthorities } from './target-authorities.ts';

/** The texts that init would write, by path; writes nothing and makes no secrets. Programs are left out. */
export async function previewInstallation(
  context: CommandContext,
  options: PrepareOptions,
): Promise<ReadonlyMap<string, string>> {
  const { paths, packageFiles, env } = context;
  const { settings } = await context.loadSettings(options.overrides);
  const old = await readInstallation(paths);
  const wanted = options.runtime ?? (settings.runtime === 'auto' ? null : settings.runtime);
  const choice = await chooseRuntime(wanted ?? old?.runtime ?? null, env);
  const installation = {
    ...choice,
    stack_dir: options.stackDir ?? old?.stack_dir ?? paths.stackDir,
    timezone: old?.timezone ?? resolveTimezone(settings),
    version: packageFiles.version,
  };
  const hostFacts = {
    userHome: paths.userHome,
    hostname: hostname(),
    agentHomes: agentHomes(env),
    importHistory: options.importHistory,
  };
  const files = new Map<string, string>();
  files.set(
    paths.settingsFile,
    await readFile(paths.settingsFile, 'utf8').catch(() =>
      readFile(join(packageFiles.templatesDir, 'settings.yaml'), 'utf8'),
    ),
  );
  const at = (name: string): string => join(installation.stack_dir, name);
  if (choice.runtime === 'embedded') {
    const { timezone } = installation;
    const config = buildBridgeConfig({
      runtime: 'embedded',
      settings,
      paths,
      timezone,
      trustedNetworks: settings.allow_unauthenticated_from,
      targetAuthorities: await readTargetAuthorities(settings, paths.userHome),
      ...hostFacts,
    });
    files.set(at('bridge.json'), JSON.stringify(config, null, 2));
    return files;
  }
  const docker = await makeDockerFiles({ context, settings, installation, hostFacts, force: false });
  for (const [name, text] of docker.stack) files.set(at(name), text);
  for (const [name, { content }] of docker.machinery) {
    if (typeof content === 'string') files.set(at(name), content);
  }
  return files;
}
