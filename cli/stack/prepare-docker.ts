import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildDashboards } from '../../dashboards/grafana/index.ts';
import type { CommandContext } from '../command.ts';
import { connectEngine } from '../docker/connect-engine.ts';
import { findGateways } from '../docker/find-gateways.ts';
import { CliError } from '../errors.ts';
import type { Settings } from '../settings/schema.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { ensureTokenSecret } from '../tokens/token-secret.ts';
import { buildBridgeConfig } from './bridge-config.ts';
import { ensureGrafanaPassword } from './grafana-password.ts';
import { buildHostConfig } from './host-config.ts';
import type { HostFacts } from './host-section.ts';
import type { Installation } from './installation.ts';
import { sha256 } from './manifest.ts';
import { planStack } from './plan-stack.ts';
import { readTemplates } from './read-templates.ts';
import { renderStack, type StackFiles } from './render-stack.ts';
import { readTargetAuthorities } from './target-authorities.ts';
import { writeIfChanged } from './write-if-changed.ts';
import { type FileChange, type WriteStackResult, writeStack } from './write-stack.ts';

/** What the files of the docker runtime are made from. */
export interface PrepareDockerOptions {
  readonly context: CommandContext;
  readonly settings: Settings;
  readonly installation: Installation;
  readonly hostFacts: HostFacts;
  readonly force: boolean;
}

/** Files of the docker runtime, none of them written yet. */
export interface DockerFiles {
  /** Docker's socket on this machine, and the network of agents' containers. */
  readonly docker: NonNullable<HostFacts['docker']>;
  /** What users may edit. */
  readonly stack: StackFiles;
  /** Machinery, made anew whenever it is needed: path within the stack's folder -> content and mode. */
  readonly machinery: ReadonlyMap<string, { readonly content: string | Buffer; readonly mode: number }>;
}

/** Makes the files of the docker runtime. @throws CliError PREREQUISITE_MISSING */
export async function makeDockerFiles(options: PrepareDockerOptions): Promise<DockerFiles> {
  const { context, settings, installation, hostFacts } = options;
  const { paths, packageFiles } = context;
  const engine = await connectEngine(context.env);
  const plan = planStack({
    settings,
    paths,
    engine: engine.facts,
    user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    timezone: installation.timezone,
  });
  const bridgeConfig = buildBridgeConfig({
    runtime: 'docker',
    settings,
    paths,
    timezone: installation.timezone,
    trustedNetworks: await findGateways(engine.client, settings.allow_unauthenticated_from, [
      plan.agentsNetwork.name,
      `${plan.project}-stack`,
    ]),
    targetAuthorities: await readTargetAuthorities(settings, paths.userHome),
    ...hostFacts,
  });
  const bridgeText = `${JSON.stringify(bridgeConfig, null, 2)}\n`;
  const program = await readProgram(packageFiles.bridgeProgram);
  const beside = (file: string): Promise<Buffer> =>
    readProgram(join(dirname(packageFiles.bridgeProgram), file));
  const roles = await beside('bridge-roles.mjs');
  const journal = await beside('bridge-journal.mjs');
  const stack = renderStack({
    plan,
    settings,
    templates: await readTemplates(packageFiles.templatesDir),
    dashboards: buildDashboards(),
    bridgeConfig: bridgeText,
    programHash: sha256(Buffer.concat([program, roles, journal])),
    version: packageFiles.version,
  });
  return {
    docker: { socketPath: engine.socketPath, network: plan.agentsNetwork.name },
    stack,
    machinery: new Map([
      ['bridge.json', { content: bridgeText, mode: 0o600 }],
      // A copy, since the container has to find it after the package was moved or its cache was emptied.
      ['bridge.mjs', { content: program, mode: 0o644 }],
      ['bridge-roles.mjs', { content: roles, mode: 0o644 }],
      ['bridge-journal.mjs', { content: journal, mode: 0o644 }],
    ]),
  };
}

/** Writes the files and secrets of the docker runtime. */
export async function prepareDocker(options: PrepareDockerOptions): Promise<WriteStackResult> {
  const { context, settings, installation, hostFacts } = options;
  const { paths, packageFiles } = context;
  const files = await makeDockerFiles(options);
  const secret = await ensureTokenSecret(paths.tokenSecretFile);
  await writeIfChanged(paths.hostTokenFile, mintToken(secret, { scope: 'ingest' }), 0o600);
  await writeIfChanged(paths.hostQueryTokenFile, mintToken(secret, { scope: 'query' }), 0o600);
  await writeIfChanged(
    paths.hostConfigFile,
    `${JSON.stringify(buildHostConfig(settings, paths, { ...hostFacts, docker: files.docker }), null, 2)}\n`,
    0o600,
  );
  if (settings.parts.grafana) await ensureGrafanaPassword(paths.grafanaPasswordFile);
  const result = await writeStack({
    dir: installation.stack_dir,
    manifestFile: paths.manifestFile,
    files: files.stack,
    version: packageFiles.version,
    force: options.force,
    now: new Date(),
  });
  const machinery: FileChange[] = [];
  for (const [path, { content, mode }] of files.machinery) {
    machinery.push({
      path,
      outcome: await writeIfChanged(join(installation.stack_dir, path), content, mode),
    });
  }
  return { ...result, changes: [...result.changes, ...machinery] };
}

async function readProgram(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CliError('PREREQUISITE_MISSING', `Cannot find the service "${file}"`, {
      fix: ['npm run build'],
      cause: error,
    });
  }
}
