import type { Settings } from '../settings/schema.ts';
import { expandHome } from './expand-home.ts';

const DAY_MS = 86_400_000;

/** What the host part needs to know, in bridge.json (embedded) and in host.json (docker). */
export interface HostSection {
  /** Folders that hold `.claude`, `.codex` and so on, the user's home first. */
  readonly homes: readonly string[];
  /** How far back transcripts are imported; null = all, 0 = none. */
  readonly import_days: number | null;
  readonly follow: boolean;
  readonly hostname: string;
  /** How a person is told at once. */
  readonly notify: Settings['notify'];
  /** Virtual machines to sample; null = none. */
  readonly vms: {
    readonly uris: readonly string[];
    readonly interval_ms: number;
    readonly registry: string | null;
    readonly instances: Settings['vms']['instances'];
  } | null;
  /** Agents' containers to sample; null = none. */
  readonly containers: {
    readonly socket_path: string;
    readonly network: string;
    readonly interval_ms: number;
  } | null;
}

/** What decides about it beside settings. */
export interface HostFacts {
  readonly userHome: string;
  readonly hostname: string;
  /** Homes of agents elsewhere, see `agentHomes`. */
  readonly agentHomes: readonly string[];
  /** False: `--no-import`. */
  readonly importHistory: boolean;
  /** Docker Engine, as far as it is known where it would be, and the agents' network. @default containers are not looked at */
  readonly docker?: { readonly socketPath: string; readonly network: string };
}

/** The host part's share of the configuration. */
export function buildHostSection({ history, notify, vms }: Settings, facts: HostFacts): HostSection {
  return {
    homes: [
      facts.userHome,
      ...facts.agentHomes,
      ...history.homes.map((home) => expandHome(home, facts.userHome)),
    ],
    import_days: facts.importHistory ? importDays(history.import) : 0,
    follow: history.follow,
    hostname: facts.hostname,
    notify,
    vms:
      vms.uris.length === 0
        ? null
        : {
            uris: vms.uris,
            interval_ms: vms.interval.ms,
            registry: vms.registry === null ? null : expandHome(vms.registry, facts.userHome),
            instances: vms.instances,
          },
    containers:
      !vms.containers || facts.docker === undefined
        ? null
        : {
            socket_path: facts.docker.socketPath,
            network: facts.docker.network,
            interval_ms: vms.interval.ms,
          },
  };
}

function importDays(wanted: Settings['history']['import']): number | null {
  if (wanted === 'all') return null;
  return wanted === 'none' ? 0 : Math.ceil(wanted.ms / DAY_MS);
}
