import { chmod, stat, statfs } from 'node:fs/promises';
import { isSupportedNode, OLDEST_NODE } from '../launcher/supported-node.ts';
import { formatSize } from '../output/format-size.ts';
import type { HomePaths } from '../settings/paths.ts';
import { type Check, failed, ok, skipped, warning } from './check.ts';

/** Below this nothing can be taken in for long. */
const LEAST_FREE_BYTES = 500_000_000;
/** Bits of a mode that let others in. */
const OTHERS = 0o077;

/** Whether this Node has everything that the programs use. */
export const nodeCheck: Check = {
  id: 'node',
  async run() {
    const { node } = process.versions;
    if (isSupportedNode(node)) return ok(`Node ${node}`);
    return failed(
      `Node ${node}, wanted ${OLDEST_NODE} or newer`,
      'install a newer Node, or run it in a clone',
    );
  },
};

/** Whether the disk has room for what comes. */
export const diskCheck: Check = {
  id: 'disk',
  async run({ context, settings }) {
    const { dataDir } = context.paths;
    if (!(await exists(dataDir))) return skipped(`"${dataDir}" is not there yet`);
    const { bavail, bsize } = await statfs(dataDir);
    const freeBytes = bavail * bsize;
    const found = `${formatSize(freeBytes)} are free for "${dataDir}"`;
    const fix = ['free some space', 'lower retention.journal_size in settings.yaml'];
    if (freeBytes < LEAST_FREE_BYTES) return failed(found, ...fix);
    const { warn_disk: wanted } = (await settings()).retention;
    return freeBytes < wanted.bytes ? warning(`${found}, less than ${wanted.text}`, ...fix) : ok(found);
  },
};

/** Whether only this user can read what is kept. */
export const permissionsCheck: Check = {
  id: 'permissions',
  async run({ context }) {
    const open = await openToOthers(context.paths);
    if (open.length === 0) return ok('journal, tokens and logs are readable by this user alone');
    return failed(`others can read ${open.map((path) => `"${path}"`).join(', ')}`, 'monitor doctor --fix');
  },
  async repair({ context }) {
    const open = await openToOthers(context.paths);
    for (const path of open) await chmod(path, (await stat(path)).mode & ~OTHERS & 0o777);
    return `took ${open.map((path) => `"${path}"`).join(', ')} from others`;
  },
};

async function openToOthers(paths: HomePaths): Promise<readonly string[]> {
  const secret = [
    paths.bridgeDir,
    paths.journalFile,
    paths.stateDir,
    paths.tokenSecretFile,
    paths.grafanaPasswordFile,
  ];
  const open = await Promise.all(
    secret.map(async (path) => (await exists(path)) && ((await stat(path)).mode & OTHERS) !== 0),
  );
  return secret.filter((_, place) => open[place]);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
