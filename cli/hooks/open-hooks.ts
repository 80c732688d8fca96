import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../command.ts';
import { type EditMemories, readEditMemories } from './edit-memory.ts';
import type { HookRequest, HookScope, HookTarget } from './hook-kind.ts';
import { createLocalPlace, type HookPlace } from './hook-place.ts';
import { openSshPlace } from './ssh-place.ts';

/** A machine, what was done to it before, and where its sender is. */
export interface OpenedHooks {
  readonly place: HookPlace;
  readonly memories: EditMemories;
  /** Folder of the sender there. */
  readonly senderDir: string;
  /** Where hooks keep what nobody takes, and where whole events are kept. */
  readonly spoolDir: string;
  readonly eventSpoolDir: string;
  readonly backupDir: string;
}

/** Opens this machine, or with `ssh` another one. @throws CliError FAILED where it cannot be reached */
export async function openHooks(context: CommandContext, ssh: string | undefined): Promise<OpenedHooks> {
  const { paths, env, signal } = context;
  const memories = await readEditMemories(paths.hookStateDir);
  const backupDir = join(paths.hookStateDir, 'backups');
  if (ssh === undefined) {
    const place = createLocalPlace(env.HOME ?? homedir());
    return {
      place,
      memories,
      backupDir,
      senderDir: paths.hooksDir,
      spoolDir: paths.hookSpoolDir,
      eventSpoolDir: paths.eventSpoolDir,
    };
  }
  const place = await openSshPlace({ host: ssh, env, signal });
  return {
    place,
    memories,
    backupDir,
    senderDir: `${place.home}/.local/share/agent-monitor/hooks`,
    spoolDir: `${place.home}/.local/state/agent-monitor/spool/hooks`,
    eventSpoolDir: `${place.home}/.local/state/agent-monitor/spool/events`,
  };
}

/** What a kind of hook is asked with. */
export function hookRequest(
  agent: string,
  opened: OpenedHooks,
  facts: {
    readonly scope: HookScope;
    readonly projectDir: string;
    readonly target: HookTarget;
    readonly sender: readonly string[];
    readonly hooksDir: string;
    readonly sessionTrailer: boolean;
  },
): HookRequest {
  const { place, memories } = opened;
  return {
    ...facts,
    home: place.home,
    spoolDir: opened.eventSpoolDir,
    read: place.read,
    remembered: (path) => memories.find(agent, place.name, path),
  };
}
