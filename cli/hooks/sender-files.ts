import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageFiles } from '../package-files.ts';
import { curlConfig } from './curl-config.ts';
import type { FileEdit, HookTarget } from './hook-kind.ts';
import type { HookPlace } from './hook-place.ts';
import { senderScript } from './sender-script.ts';

/**
 * Source of a pattern of how command hooks call the sender, up to the agent's name: through the script, or without it as
 * earlier versions did.
 */
export const SENDER_CALL = String.raw`(?:hook-sender\.cjs|/agent-monitor/hooks/hook(?:-[^/]*)?\.sh)'? (?:.* )?`;

/** What command hooks run, on the machine of an agent. */
export interface SenderFiles {
  /** Words that run it; the agent's name comes behind them. */
  readonly words: readonly string[];
  readonly edits: readonly FileEdit[];
}

/** Options of `planSender`. */
export interface SenderOptions {
  readonly packageFiles: PackageFiles;
  readonly place: HookPlace;
  /** Folder of the sender on that machine. */
  readonly folder: string;
  /** Folder on that machine that keeps what cannot be delivered. */
  readonly spoolDir: string;
  readonly target: HookTarget;
}

/** The sender's files as they are to be: the program, and who it sends to. Tokens are for the owner alone. */
export async function planSender(options: SenderOptions): Promise<SenderFiles> {
  const { packageFiles, place, folder, spoolDir, target } = options;
  const program = join(folder, 'hook-sender.cjs');
  const name = target.project === null ? 'hook' : `hook-${encodeURIComponent(target.project)}`;
  const [script, config, curl] = ['sh', 'json', 'curl'].map((suffix) =>
    join(folder, `${name}.${suffix}`),
  ) as [string, string, string];
  const node = place.node ?? ['node'];
  const { host, project, agent } = target;
  const described = Object.fromEntries(
    Object.entries({ host, project, agent }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const wanted: [string, string][] = [
    [program, await readFile(packageFiles.hookSender, 'utf8')],
    [config, `${JSON.stringify({ ...target, spool: spoolDir }, null, 2)}\n`],
    [curl, curlConfig(target)],
    [
      script,
      senderScript({
        sender: [...node, program, '--config', config],
        spool: spoolDir,
        described,
        url: target.url,
        curlConfig: curl,
      }),
    ],
  ];
  const edits: FileEdit[] = [];
  for (const [path, after] of wanted) {
    const before = await place.read(path);
    if (before !== after) edits.push({ path, before, after });
  }
  return { words: ['/bin/sh', script], edits };
}
