import type { MetricSample } from '../../domain/sample.ts';
import { GUEST_SCRIPT } from './guest-script.ts';
import { printable } from './printable.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';
import type { VmInstance } from './vm-instance.ts';

/** What was seen inside a guest. */
export interface GuestReading {
  readonly metrics: readonly MetricSample[];
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  readonly issues: readonly string[];
}

/** How ssh is run. */
export interface GuestOptions {
  /** Folder for connections that are kept open between rounds. */
  readonly controlDir: string;
  /** @default 5000 */
  readonly timeoutMs?: number;
  /** Further options of ssh, each one word. @default none */
  readonly sshOptions?: readonly string[];
}

/** First line of what the script writes. */
const BEGIN = 'agent-monitor-guest 1';
const TIMEOUT_MS = 5000;
const KIB = 1024;
const MAX_OUTPUT_BYTES = 256 * 1024;
/** A file system fuller than this is an issue. */
const FULL_SHARE = 0.9;

/** Looks into a guest over ssh. What it cannot tell is absent. Never rejects: what is wrong is an issue. */
export async function readGuest(instance: VmInstance, options: GuestOptions): Promise<GuestReading> {
  const { controlDir, timeoutMs = TIMEOUT_MS, sshOptions = [] } = options;
  const { ssh, sshPort, gatewayPort, services } = instance;
  if (ssh === null) return { metrics: [], facts: {}, issues: [] };
  const target = sshTarget(ssh);
  if (target === null) return trouble(`the ssh target "${ssh}" is none: wanted user@host`);
  const end = await runProgram({
    program: 'ssh',
    arguments: [
      // Of an option that is said twice ssh takes the first.
      ...sshOptions.flatMap((option) => ['-o', option]),
      ...['-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', 'ForwardAgent=no'],
      ...['-o', `ConnectTimeout=${Math.max(1, Math.floor(timeoutMs / 1000))}`, '-o', 'ServerAliveInterval=2'],
      ...['-o', 'ControlMaster=auto', '-o', `ControlPath=${controlDir}/%C`, '-o', 'ControlPersist=120'],
      ...(sshPort === null ? [] : ['-p', String(sshPort)]),
      ...['-T', '--', target, ['sh', '-s', '--', String(gatewayPort ?? 0), ...services.map(quote)].join(' ')],
    ],
    input: GUEST_SCRIPT,
    timeoutMs,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  const problem = problemOf(end, timeoutMs);
  return problem === null ? parseGuest(end.stdout) : trouble(problem);
}

/** What is not a host, or would be read as an option, is refused. */
function sshTarget(text: string): string | null {
  return /^(?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9_[][\w.:%[\]-]*$/.test(text) ? text : null;
}

/** A word for the guest's shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function trouble(issue: string): GuestReading {
  return { metrics: [], facts: { ssh: 'failed' }, issues: [issue] };
}

/** What went wrong, in words that lead on; ssh itself always ends with 255. */
function problemOf({ exitCode, stderr, stdout, trouble: why }: ProgramEnd, timeoutMs: number): string | null {
  if (why === 'missing') return 'ssh is not installed';
  if (why === 'timeout') return `ssh did not answer within ${timeoutMs / 1000} s`;
  if (why === 'too much output') return 'the guest wrote without end';
  if (`\n${stdout}`.includes(`\n${BEGIN}\n`)) return null;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return "the guest's host key changed: check it, then ssh-keygen -R its address";
  }
  if (/Host key verification failed/.test(stderr))
    return "the guest's host key is not known: connect once by hand";
  if (/Permission denied/.test(stderr)) return 'ssh key refused: add the key to authorized_keys of the guest';
  if (exitCode === 0) {
    return 'the guest did not run what was sent to it: is its login shell a POSIX shell, and no command forced?';
  }
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return `ssh failed: ${last.slice(0, 200) || `it ended with ${exitCode}`}`;
}

/** Reads what the script wrote; what a login shell says before it, and lines that it would not write, are left out. */
export function parseGuest(output: string): GuestReading {
  const metrics: MetricSample[] = [];
  const facts: Record<string, string | number | boolean> = { ssh: 'ok' };
  const issues: string[] = [];
  const add = (
    metric: string,
    text: string | undefined,
    scale = 1,
    attributes: Record<string, string> = {},
  ): void => {
    if (text === undefined || !/^\d+(?:\.\d+)?$/.test(text)) return;
    metrics.push({ metric, value: Number(text) * scale, attributes });
  };
  const gateway = new Map<string, boolean>();
  const memory = new Map<string, number>();
  const lines = output.split('\n').map(printable);
  const start = lines.indexOf(BEGIN);
  const end = lines.indexOf('end', start);
  if (end < 0) issues.push('the answer of the guest breaks off: what came of it is told');
  for (const line of lines.slice(start + 1, end < 0 ? undefined : end)) {
    const [key, ...words] = line.split(' ');
    if (key === 'load') {
      add('system.cpu.load_average.1m', words[0]);
      add('system.cpu.load_average.5m', words[1]);
      add('system.cpu.load_average.15m', words[2]);
    } else if (key === 'uptime') add('system.uptime', words[0]);
    else if (key === 'mem' && /^\d+$/.test(words[1] ?? ''))
      memory.set(words[0] ?? '', Number(words[1]) * KIB);
    else if (key === 'disk') addDisk(words, metrics, issues);
    else if (key === 'gateway') gateway.set(words[0] ?? '', words[1] === 'up');
    else if (key === 'service') {
      const name = words.slice(1).join(' ');
      metrics.push({
        metric: 'agent_monitor.guest.service.up',
        value: words[0] === 'up' ? 1 : 0,
        attributes: { service: name.slice(0, 128) },
      });
      if (words[0] !== 'up') issues.push(`service "${name}" is not active`);
    } else if (key === 'version') facts[`version.${words[0]}`] = words.slice(1).join(' ').slice(0, 60);
  }
  addMemory(memory, metrics);
  if (gateway.size > 0) {
    const up = [...gateway.values()].every(Boolean);
    facts.gateway = up ? 'up' : 'down';
    metrics.push({ metric: 'openclaw.gateway.up', value: up ? 1 : 0, attributes: {} });
    for (const [what, isUp] of gateway) if (!isUp) issues.push(`gateway down (${what})`);
  }
  return { metrics, facts, issues };
}

function addMemory(memory: ReadonlyMap<string, number>, metrics: MetricSample[]): void {
  const add = (metric: string, total: number | undefined, free: number | undefined): void => {
    if (total === undefined || free === undefined || free > total) return;
    metrics.push({ metric, value: total - free, attributes: { state: 'used' } });
    metrics.push({ metric, value: free, attributes: { state: 'free' } });
  };
  add('system.memory.usage', memory.get('MemTotal:'), memory.get('MemAvailable:') ?? memory.get('MemFree:'));
  add('system.paging.usage', memory.get('SwapTotal:'), memory.get('SwapFree:'));
}

function addDisk(words: readonly string[], metrics: MetricSample[], issues: string[]): void {
  const [total, used, free] = words.map(Number);
  const mount = words.slice(3).join(' ');
  if (!Number.isFinite(total) || !Number.isFinite(used) || !Number.isFinite(free) || mount === '') return;
  const attributes = { mountpoint: mount.slice(0, 200) };
  metrics.push({
    metric: 'system.filesystem.usage',
    value: Number(used) * KIB,
    attributes: { ...attributes, state: 'used' },
  });
  metrics.push({
    metric: 'system.filesystem.usage',
    value: Number(free) * KIB,
    attributes: { ...attributes, state: 'free' },
  });
  const usable = Number(used) + Number(free);
  if (usable > 0 && Number(used) / usable > FULL_SHARE) {
    issues.push(`file system "${mount}" is ${Math.round((100 * Number(used)) / usable)} % full`);
  }
}
