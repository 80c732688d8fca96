import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** The process that listens on a port. */
export interface PortOwner {
  readonly pid: number;
  /** Its short name, `node`. */
  readonly command: string;
}

/** State LISTEN in /proc/net/tcp, net/tcp_states.h of Linux. */
const LISTEN = '0A';

/**
 * Finds who listens on a TCP port, from /proc alone.
 * Null where nobody does, where the process is another user's and hidden from this one, or elsewhere than on Linux.
 */
export async function findPortOwner(port: number): Promise<PortOwner | null> {
  if (process.platform !== 'linux') return null;
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!(await holdsSocket(pid, inodes))) continue;
    return { pid: Number(pid), command: await commandOf(pid) };
  }
  return null;
}

/** Inodes of the sockets that listen on a port, from the text of /proc/net/tcp (proc_net_tcp(5)). */
export function listeningInodes(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.split(':')[1] === wanted)
    .flatMap((fields) => fields[9] ?? []);
}

/** The program's name as it was called; `comm` is of no use, Node calls its threads by name there. */
async function commandOf(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program = ''] = line.split(/[\0 ]/);
  return basename(program) || 'a process';
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Processes end meanwhile, and those of other users hide their files.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
