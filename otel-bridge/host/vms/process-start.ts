import { readdir, readFile } from 'node:fs/promises';
import { statFields } from '../process-stat.ts';

/** The kernel's clock ticks, in which /proc tells times (USER_HZ, the same on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;
/** proc_pid_stat(5): `starttime` is the 22nd field, the 20th after the program's name. */
const START_FIELD = 19;

/**
 * When the QEMU processes of these domains were started, unix ms by UUID. What does not run on this machine, or cannot
 * be seen, is left out; so is everything where there is no /proc.
 */
export async function processStarts(uuids: ReadonlySet<string>, nowMs: number): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  const uptime = Number.parseFloat(await read('/proc/uptime'));
  if (uuids.size === 0 || Number.isNaN(uptime)) return starts;
  const bootMs = nowMs - uptime * 1000;
  for (const pid of await readdir('/proc')) {
    if (starts.size === uuids.size) break;
    if (!/^\d+$/.test(pid)) continue;
    const words = (await read(`/proc/${pid}/cmdline`)).split('\0');
    const uuid = words[words.indexOf('-uuid') + 1];
    if (uuid === undefined || !words.includes('-uuid') || !uuids.has(uuid)) continue;
    const stat = await read(`/proc/${pid}/stat`);
    const ticks = Number(statFields(stat)[START_FIELD]);
    if (ticks > 0) starts.set(uuid, Math.round(bootMs + (ticks / TICKS_PER_SECOND) * 1000));
  }
  return starts;
}

/** Nothing where it cannot be read: a process that ended meanwhile, or a system without /proc. */
async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
