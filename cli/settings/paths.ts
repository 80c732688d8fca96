import { createHash } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';

/** Where everything of one installation lives. All paths are absolute. */
export interface HomePaths {
  /** Short hash for names that installations must not share (Compose project, network); null for the default home. */
  readonly homeId: string | null;
  /** The user's home folder. */
  readonly userHome: string;
  readonly configDir: string;
  readonly settingsFile: string;
  readonly dataDir: string;
  /** Generated stack, unless init was told another folder: see `Installation.stack_dir`. */
  readonly stackDir: string;
  /** Folder (0700) of the journal, the same in both runtimes. */
  readonly bridgeDir: string;
  readonly journalFile: string;
  /** Folder (0700) of secrets, pid and state files, logs and the hooks' spool. */
  readonly stateDir: string;
  /** Runtime, stack folder, time zone and version that init settled on. */
  readonly installationFile: string;
  /** Hashes of what init wrote. */
  readonly manifestFile: string;
  /** Secret that tokens are signed with (0600). */
  readonly tokenSecretFile: string;
  /** Password of Grafana's user `admin` (0600). */
  readonly grafanaPasswordFile: string;
  /** Log files of the bridge, the host part and of crashes. */
  readonly logDir: string;
  readonly bridgePidFile: string;
  readonly bridgeLogFile: string;
  readonly hostPidFile: string;
  readonly hostLogFile: string;
  /** What command hooks run, and who they send to (0700). */
  readonly hooksDir: string;
  /** What `monitor hooks` remembers of its edits, and copies of what it changed (0700). */
  readonly hookStateDir: string;
  /** Where hooks keep what nobody took when they fired (0700). */
  readonly hookSpoolDir: string;
  /** Folder (0700) of notes which agent process runs which session (hooks/sender/note-session.ts). */
  readonly sessionNotesDir: string;
  /** Folder (0700) of events that programs could not deliver (hooks/sdk). */
  readonly eventSpoolDir: string;
  /** Token of the host part beside Docker (0600). */
  readonly hostTokenFile: string;
  /** Token with which it listens for what people are told at once (0600). */
  readonly hostQueryTokenFile: string;
  /** Configuration of the host part beside Docker. */
  readonly hostConfigFile: string;
}

/** What decides about the paths. */
export interface PathsOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where `~` is: $HOME. */
  readonly userHome: string;
  /** Home folder in the user database; another $HOME (a test's, sudo's) is not the default home. */
  readonly accountHome: string;
  readonly cwd: string;
}

/** Characters of the hash: enough that no two homes of one machine meet. */
const HASH_LENGTH = 8;

/** Paths as design and the XDG base directory specification say, or all below AGENT_MONITOR_HOME. */
export function resolvePaths({ env, userHome, accountHome, cwd }: PathsOptions): HomePaths {
  const own = env.AGENT_MONITOR_HOME ? resolve(cwd, env.AGENT_MONITOR_HOME) : null;
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    // The specification: a relative path is invalid and is ignored.
    const base = value !== undefined && isAbsolute(value) ? value : join(userHome, fallback);
    return join(base, 'agent-monitor');
  };
  const configDir = own === null ? xdg('XDG_CONFIG_HOME', '.config') : join(own, 'config');
  const dataDir = own === null ? xdg('XDG_DATA_HOME', '.local/share') : join(own, 'data');
  const stateDir = own === null ? xdg('XDG_STATE_HOME', '.local/state') : join(own, 'state');
  const isDefault = dataDir === join(accountHome, '.local/share/agent-monitor');
  const bridgeDir = join(dataDir, 'bridge');
  const logDir = join(stateDir, 'logs');
  return {
    homeId: isDefault ? null : createHash('sha256').update(dataDir).digest('hex').slice(0, HASH_LENGTH),
    userHome,
    configDir,
    settingsFile: join(configDir, 'settings.yaml'),
    dataDir,
    stackDir: join(dataDir, 'stack'),
    bridgeDir,
    journalFile: join(bridgeDir, 'journal.db'),
    stateDir,
    installationFile: join(stateDir, 'installation.json'),
    manifestFile: join(stateDir, 'manifest.json'),
    tokenSecretFile: join(stateDir, 'token-secret'),
    grafanaPasswordFile: join(stateDir, 'grafana-password'),
    logDir,
    bridgePidFile: join(stateDir, 'bridge.pid'),
    bridgeLogFile: join(logDir, 'bridge.log'),
    hostPidFile: join(stateDir, 'host.pid'),
    hostLogFile: join(logDir, 'host.log'),
    hooksDir: join(dataDir, 'hooks'),
    hookStateDir: join(stateDir, 'hooks'),
    hookSpoolDir: join(stateDir, 'spool', 'hooks'),
    sessionNotesDir: join(stateDir, 'spool', 'sessions'),
    eventSpoolDir: join(stateDir, 'spool', 'events'),
    hostTokenFile: join(stateDir, 'host-token'),
    hostQueryTokenFile: join(stateDir, 'host-query-token'),
    hostConfigFile: join(stateDir, 'host.json'),
  };
}
