import type { DeviceStats, DomainStats, DomainStatsReading, VcpuStats } from './domain-stats.ts';

/** More of a kind than any machine has: the output is damaged. */
const MAX_INDEX = 100_000;
const SHOWN_PROBLEMS = 10;
const HEAD = "Domain: '";

/**
 * Reads the output of `virsh domstats --raw` (libvirt 9: a line `Domain: 'NAME'`, then `  key=value` lines). Keys that
 * are not known are left out; a number that is none makes its key absent and is told as a problem.
 */
export function parseDomstats(text: string): DomainStatsReading {
  const domains: DomainStats[] = [];
  const problems: string[] = [];
  let problemCount = 0;
  let domain: DomainStats | undefined;
  const report = (line: string): void => {
    problemCount += 1;
    if (problems.length < SHOWN_PROBLEMS) problems.push(line.slice(0, 200));
  };
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    if (text.startsWith(HEAD, start)) {
      const line = text.slice(start, end);
      // A name may hold quotes and line ends: it ends at the last quote before the first key.
      const name = readName(text, start, end);
      domain = name === null ? undefined : emptyDomain(name.text);
      if (domain === undefined) report(line);
      else domains.push(domain);
      if (name !== null) end = name.end;
    } else if (end > start + 2 && text.charCodeAt(start) === 32) {
      if (domain === undefined) report(text.slice(start, end));
      else {
        const equals = text.indexOf('=', start);
        if (equals < 0 || equals > end) report(text.slice(start, end));
        else if (
          !isExtra(text, equals) &&
          !put(domain, text.slice(start + 2, equals), text, equals + 1, end)
        ) {
          report(text.slice(start, end));
        }
      }
    } else if (end > start) report(text.slice(start, end));
    start = end + 1;
  }
  return { domains, problems, problemCount };
}

/** `vcpu.0.exits.sum` and the like: what a hypervisor adds of its own, most of the output. */
function isExtra(text: string, equals: number): boolean {
  if (text.charCodeAt(equals - 4) !== 46) return false;
  const first = text.charCodeAt(equals - 3);
  // sum, cur, max
  return first === 115 || first === 99 || (first === 109 && text.charCodeAt(equals - 1) === 120);
}

/** The name of a domain: printed raw between quotes, whatever it holds. */
function readName(text: string, start: number, lineEnd: number): { text: string; end: number } | null {
  const nameStart = start + HEAD.length;
  let end = lineEnd;
  // A line end within the name: the head goes on until a line that ends with a quote.
  for (let tries = 0; text.charCodeAt(end - 1) !== 39 || end - 1 < nameStart; tries += 1) {
    if (end >= text.length || tries > 10) return null;
    const next = text.indexOf('\n', end + 1);
    end = next < 0 ? text.length : next;
  }
  return { text: text.slice(nameStart, end - 1), end };
}

function emptyDomain(name: string): DomainStats {
  return { name, balloon: {}, vcpus: [], interfaces: [], disks: [] };
}

/** Keys of the domain itself. */
const PLAIN: Readonly<
  Record<
    string,
    keyof Pick<
      DomainStats,
      'stateCode' | 'reasonCode' | 'cpuTimeNs' | 'cpuUserNs' | 'cpuSystemNs' | 'vcpuCurrent' | 'vcpuMaximum'
    >
  >
> = {
  'state.state': 'stateCode',
  'state.reason': 'reasonCode',
  'cpu.time': 'cpuTimeNs',
  'cpu.user': 'cpuUserNs',
  'cpu.system': 'cpuSystemNs',
  'vcpu.current': 'vcpuCurrent',
  'vcpu.maximum': 'vcpuMaximum',
};
const VCPU: Readonly<Record<string, keyof Omit<VcpuStats, 'index'>>> = {
  time: 'timeNs',
  wait: 'waitNs',
  delay: 'delayNs',
};
const DEVICE_FIGURE =
  /^(?:rd|wr|fl|rx|tx)\.(?:reqs|bytes|times|pkts|errs|drop)$|^(?:allocation|capacity|physical)$/;

/** @returns false where the value of a key that is known is no number */
function put(domain: DomainStats, key: string, text: string, start: number, end: number): boolean {
  const plain = Object.hasOwn(PLAIN, key) ? PLAIN[key] : undefined;
  if (plain !== undefined) {
    const value = readNumber(text, start, end);
    if (value === null) return false;
    domain[plain] = value;
    return true;
  }
  const dot = key.indexOf('.');
  const group = key.slice(0, dot);
  const rest = key.slice(dot + 1);
  if (group === 'balloon') {
    const value = readNumber(text, start, end);
    if (value === null) return false;
    domain.balloon[rest] = value;
    return true;
  }
  if (group !== 'vcpu' && group !== 'net' && group !== 'block') return true;
  const second = rest.indexOf('.');
  const index = Number(second < 0 ? Number.NaN : rest.slice(0, second));
  // `net.count` and the like say nothing that the entries do not.
  if (!Number.isInteger(index)) return true;
  if (index < 0 || index > MAX_INDEX) return false;
  const figure = rest.slice(second + 1);
  if (group === 'vcpu') return putVcpu(domain, index, figure, text, start, end);
  const device = entry(
    group === 'net' ? domain.interfaces : domain.disks,
    index,
    (): DeviceStats => ({
      index,
      values: {},
    }),
  );
  if (figure === 'name') {
    device.name = text.slice(start, end);
    return true;
  }
  if (!DEVICE_FIGURE.test(figure)) return true;
  const value = readNumber(text, start, end);
  if (value === null) return false;
  device.values[figure] = value;
  return true;
}

function putVcpu(
  domain: DomainStats,
  index: number,
  figure: string,
  text: string,
  start: number,
  end: number,
): boolean {
  const field = Object.hasOwn(VCPU, figure) ? VCPU[figure] : undefined;
  if (field === undefined) return true;
  const value = readNumber(text, start, end);
  if (value === null) return false;
  entry(domain.vcpus, index, (): VcpuStats => ({ index }))[field] = value;
  return true;
}

/** The entry with that number; numbers mostly come in order. */
function entry<E extends VcpuStats | DeviceStats>(entries: E[], index: number, make: () => E): E {
  const last = entries.at(-1);
  if (last?.index === index) return last;
  const known =
    last === undefined || last.index < index ? undefined : entries.find((each) => each.index === index);
  if (known !== undefined) return known;
  const made = make();
  entries.push(made);
  return made;
}

/** A number that is not negative; null for anything else. libvirt's are unsigned: a sign means a wrapped counter. */
function readNumber(text: string, start: number, end: number): number | null {
  let value = 0;
  if (end <= start || end - start > 20) return null;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}
