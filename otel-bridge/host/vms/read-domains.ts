import type { DomainStats } from './domain-stats.ts';
import { parseDomstats } from './parse-domstats.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** What one libvirt says of its domains. */
export interface DomainsReading {
  /** Null where it could be asked. */
  readonly problem: string | null;
  readonly domains: readonly (DomainStats & { readonly uuid: string | null })[];
}

/** How long libvirt may take, ms. */
const TIMEOUT_MS = 10_000;
const UUID_LINE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (.*)$/;

/** Asks libvirt, read-only, for every group of figures of all domains: two calls, however many there are. */
export async function readDomains(uri: string, timeoutMs = TIMEOUT_MS): Promise<DomainsReading> {
  const virsh = (...words: string[]): Promise<ProgramEnd> =>
    runProgram({ program: 'virsh', arguments: ['-q', '-r', '-c', uri, ...words], timeoutMs });
  const [stats, names] = await Promise.all([
    virsh('domstats', '--raw', '--nowait'),
    virsh('list', '--all', '--uuid', '--name'),
  ]);
  const problem = problemOf(uri, stats, timeoutMs) ?? problemOf(uri, names, timeoutMs);
  if (problem !== null) return { problem, domains: [] };
  const uuids = new Map<string, string>();
  for (const line of names.stdout.split('\n')) {
    const [, uuid, name] = UUID_LINE.exec(line) ?? [];
    if (uuid !== undefined && name !== undefined) uuids.set(name, uuid);
  }
  const { domains, problems, problemCount } = parseDomstats(stats.stdout);
  return {
    problem:
      problemCount === 0
        ? null
        : `libvirt at "${uri}" says ${problemCount} things that cannot be read, the first: ${problems[0]}`,
    domains: domains.map((domain) => ({ ...domain, uuid: uuids.get(domain.name) ?? null })),
  };
}

function problemOf(uri: string, { trouble, exitCode, stderr }: ProgramEnd, timeoutMs: number): string | null {
  if (trouble === 'missing') return 'virsh is not installed: install libvirt-clients';
  if (trouble === 'timeout') return `libvirt at "${uri}" did not answer within ${timeoutMs / 1000} s`;
  if (trouble !== null) return `libvirt at "${uri}" wrote without end`;
  if (exitCode === 0) return null;
  const words = stderr
    .replace(/^error: /gm, '')
    .split('\n')
    .filter((line) => line !== '');
  return `libvirt at "${uri}" cannot be asked: ${words.join('; ').slice(0, 300) || `virsh ended with ${exitCode}`}`;
}
