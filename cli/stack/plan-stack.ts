import { chooseImages } from '../../compose/images.ts';
import type { StackPlan } from '../../compose/stack-plan.ts';
import type { HomePaths } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';
import type { EngineFacts } from './engine-facts.ts';
import { agentsNetworkName, projectName } from './stack-names.ts';

/** What decides about the stack. */
export interface PlanStackInput {
  readonly settings: Settings;
  readonly paths: HomePaths;
  readonly engine: EngineFacts;
  /** The calling user. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly timezone: string;
}

/** The stack that settings ask for; configuration hashes come with the rendered files. */
export function planStack(input: PlanStackInput): Omit<StackPlan, 'configHashes'> {
  const { settings, paths, engine } = input;
  const { grafana, jaeger, promtail } = settings.parts;
  return {
    project: projectName(paths),
    images: chooseImages({ overrides: settings.images, mirror: settings.registry_mirror }),
    parts: { grafana, jaeger, promtail: promtail && settings.logs_agent === 'promtail' },
    ports: settings.ports,
    listen: settings.listen,
    agentsNetwork: { name: agentsNetworkName(paths, settings), external: settings.network.external },
    timezone: input.timezone,
    user: containerUser(input),
    dockerGroupId: engine.socketGroupId,
    dockerSocket: engine.socketPath,
    hostPaths: {
      // SQLite's shared memory does not work over the shared mount of a virtual machine.
      bridgeDir: engine.isVirtualMachine ? null : paths.bridgeDir,
      tokenSecretFile: paths.tokenSecretFile,
      grafanaPasswordFile: paths.grafanaPasswordFile,
    },
  };
}

/** Who owns the files that are for their owner alone, as the container sees it. */
function containerUser({ engine, user }: PlanStackInput): string {
  return engine.isRootless || engine.isVirtualMachine ? '0:0' : `${user.uid}:${user.gid}`;
}
