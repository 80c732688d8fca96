import type { Domain, UnreadLines } from './domain-stats.ts';
import { createDomstatsReader } from './parse-domstats.ts';
import { printable } from './printable.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** What one libvirt says of its domains. */
export interface DomainsReading {
  /** Null where it could be asked. */
  readonly problem: string | null;
  readonly domains: readonly Domain[];
}

/** How long libvirt may take, ms. */
const TIMEOUT_MS = 10_000;
const LIST = 'list --all --uuid --id --name';
/**
 * Every group of figures of all domains, and who they are: one program and one connection, however many there are. They are
 * listed before and after, since one may be stopped and started in between: its figures are then of nobody knows which run.
 */
const COMMANDS = `${LIST}; domstats --raw --nowait; ${LIST}`;
/** A line of a list: UUID, number, name. What is off has a dash for its number. */
const LISTED = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) +(\d+|-) +(.*)$/;

/** Asks libvirt, read-only, for every group of figures of all domains. */
export async function readDomains(uri: string, timeoutMs = TIMEOUT_MS): Promise<DomainsReading> {
  const listed = new Map<string, Required<Pick<Domain, 'uuid' | 'runId'>>>();
  const reader = createDomstatsReader((line) => {
    const [, uuid, id, name] = LISTED.exec(line) ?? [];
    if (uuid === undefined || name === undefined) return false;
    const runId = id === undefined || id === '-' ? null : id;
    const before = listed.get(name);
    listed.set(name, { uuid, runId: before === undefined || before.runId === runId ? runId : null });
    return true;
  });
  const end = await runProgram({
    program: 'virsh',
    arguments: ['-q', '-r', '-c', uri, COMMANDS],
    timeoutMs,
    onStdout: (text) => reader.push(text),
  });
  const { domains, unread } = reader.end();
  const problem = problemOf(uri, end, timeoutMs);
  if (problem !== null) return { problem, domains: [] };
  return {
    problem: unread === null ? null : `libvirt at "${uri}" says ${sayUnread(unread)}`,
    domains: domains.map((domain) => ({ ...domain, uuid: null, ...listed.get(domain.name) })),
  };
}

/** Lines that could not be understood, in words. */
export function sayUnread({ count, first }: UnreadLines): string {
  const shown = printable(first.trim());
  return count === 1
    ? `a line that cannot be read: ${shown}`
    : `${count} lines that cannot be read, the first: ${shown}`;
}

function problemOf(
  uri: string,
  { trouble, exitCode, signal, stderr }: ProgramEnd,
  timeoutMs: number,
): string | null {
  if (trouble === 'missing') return 'virsh is not installed: install libvirt-clients';
  if (trouble === 'timeout') return `libvirt at "${uri}" did not answer within ${timeoutMs / 1000} s`;
  if (trouble !== null) return `libvirt at "${uri}" wrote without end`;
  if (exitCode === 0) return null;
  if (signal !== null) return `virsh for "${uri}" was killed by ${signal} before it was done`;
  const words = stderr
    .replace(/^error: /gm, '')
    .split('\n')
    .filter((line) => line !== '');
  return `libvirt at "${uri}" cannot be asked: ${words.join('; ').slice(0, 300) || `virsh ended with ${exitCode}`}`;
}
