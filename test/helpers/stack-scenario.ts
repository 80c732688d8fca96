import { join } from 'node:path';
import { resolvePaths } from '../../cli/settings/paths.ts';
import { buildBridgeConfig } from '../../cli/stack/bridge-config.ts';
import type { EngineFacts } from '../../cli/stack/engine-facts.ts';
import { planStack } from '../../cli/stack/plan-stack.ts';
import { readTemplates } from '../../cli/stack/read-templates.ts';
import { renderStack } from '../../cli/stack/render-stack.ts';
import { settingsFrom } from './settings-from.ts';

/** One installation whose generated files tests look at. Nothing in it depends on the machine. */
export interface StackScenario {
  /** Text of settings.yaml. */
  readonly settings: string;
  /** AGENT_MONITOR_HOME; left out = the default home of user ada. */
  readonly home?: string;
  readonly engine?: Partial<EngineFacts>;
}

const ENGINE: EngineFacts = {
  version: '28.3.0',
  composeVersion: '2.40.0',
  socketPath: '/var/run/docker.sock',
  socketGroupId: 998,
  isRootless: false,
  isVirtualMachine: false,
};

/** The files that init would write for it, by path. */
export async function renderScenario({ settings: yaml, home, engine }: StackScenario) {
  const settings = settingsFrom(yaml);
  const paths = resolvePaths({
    env: home === undefined ? {} : { AGENT_MONITOR_HOME: home },
    userHome: '/home/ada',
    accountHome: '/home/ada',
    cwd: '/',
  });
  const plan = planStack({
    settings,
    paths,
    engine: { ...ENGINE, ...engine },
    user: { uid: 1000, gid: 1000 },
    timezone: 'Europe/Berlin',
  });
  const bridgeConfig = buildBridgeConfig({
    runtime: 'docker',
    settings,
    paths,
    timezone: 'Europe/Berlin',
    trustedNetworks: [],
    targetAuthorities: new Map(),
    userHome: '/home/ada',
    hostname: 'laptop',
    agentHomes: [],
    importHistory: true,
  });
  const files = renderStack({
    plan,
    settings,
    templates: await readTemplates(join(import.meta.dirname, '../../templates')),
    dashboards: { 'overview.json': '{}\n' },
    bridgeConfig: `${JSON.stringify(bridgeConfig, null, 2)}\n`,
    programHash: 'program',
    version: '0.0.0',
  });
  return new Map([...files, ['bridge.json', `${JSON.stringify(bridgeConfig, null, 2)}\n`]]);
}
