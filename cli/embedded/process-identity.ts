import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Where `state` and `starttime` stand in /proc/<pid>/stat after the command's name, proc_pid_stat(5). */
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/**
 * What tells a process from a later one with the same pid: when it started, and in which boot of the machine.
 * Null where no such process lives; a zombie does not live.
 */
export async function processIdentity(pid: number): Promise<string | null> {
  return process.platform === 'linux' ? identityFromProc(pid) : identityFromPs(pid);
}

async function identityFromProc(pid: number): Promise<string | null> {
  const [stat, bootId] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  if (stat === null) return null;
  // The command's name stands in brackets and may hold anything, brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[START_TIME_FIELD];
  if (startTime === undefined || fields[STATE_FIELD] === 'Z' || fields[STATE_FIELD] === 'X') return null;
  return `${bootId.trim()}:${startTime}`;
}

async function identityFromPs(pid: number): Promise<string | null> {
  // ps ends with 1 where the process does not exist.
  const answer = await execFileAsync('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
  return answer?.stdout.trim() || null;
}
