import type { DeviceStats, DomainStats, DomainStatsReading, UnreadLines, VcpuStats } from './domain-stats.ts';

/** More of a kind than any machine has: the output is damaged. */
const MAX_INDEX = 100_000;
/** No signed number of 64 bits reaches it. */
const MAX_VALUE = 2 ** 63;
/** So much of a line that cannot be read is shown. */
const SHOWN_LENGTH = 200;
/** More lines than a name ever has. */
const MAX_NAME_LINES = 10;
/** Longer than any line: the output is damaged. */
const MAX_LINE_LENGTH = 1 << 20;
const HEAD = "Domain: '";

/** Reads the output of `virsh domstats --raw` as it comes. */
export interface DomstatsReader {
  /** Takes the next part; it may end anywhere. */
  push(text: string): void;
  /** What was read, after the last part. */
  end(): DomainStatsReading;
}

/**
 * Starts reading the output of `virsh domstats --raw` (libvirt 9: a line `Domain: 'NAME'`, then `  key=value` lines). Keys
 * that are not known are left out; a number that is none makes its key absent and is told with its domain.
 * @param takeLine takes a line that is none of these; false where it cannot be understood
 */
export function createDomstatsReader(takeLine: (line: string) => boolean = () => false): DomstatsReader {
  const domains: DomainStats[] = [];
  let unread: UnreadLines | null = null;
  let domain: DomainStats | undefined;
  /** A line that did not end yet. */
  let rest = '';

  const report = (text: string, start: number, end: number): void => {
    const known = domain === undefined ? unread : domain.unread;
    if (known !== null && known !== undefined) known.count += 1;
    else {
      const fresh = { count: 1, first: own(text.slice(start, Math.min(end, start + SHOWN_LENGTH))) };
      if (domain === undefined) unread = fresh;
      else domain.unread = fresh;
    }
  };

  /** @returns where the first line begins that did not end yet */
  const read = (text: string, isLast: boolean): number => {
    for (let start = 0; start < text.length; ) {
      let end = text.indexOf('\n', start);
      if (end < 0) {
        if (!isLast) return start;
        end = text.length;
      }
      if (text.startsWith(HEAD, start)) {
        // A name may hold quotes and line ends: it ends at the last quote before the first key.
        const name = readName(text, start, end, isLast);
        if (name === 'unfinished') return start;
        domain = name === null ? undefined : emptyDomain(name.text);
        if (domain === undefined) report(text, start, end);
        else domains.push(domain);
        if (name !== null) end = name.end;
      } else if (end > start) {
        const isRead =
          text.charCodeAt(start) === 32
            ? readFigure(text, start, end)
            : takeLine(own(text.slice(start, end)));
        if (!isRead) report(text, start, end);
      }
      start = end + 1;
    }
    return text.length;
  };

  const readFigure = (text: string, start: number, end: number): boolean => {
    const equals = text.indexOf('=', start);
    if (domain === undefined || equals < 0 || equals > end) return false;
    return isExtra(text, equals) || put(domain, text.slice(start + 2, equals), text, equals + 1, end);
  };

  return {
    push(part) {
      const text = rest + part;
      rest = text.slice(read(text, false));
      if (rest.length > MAX_LINE_LENGTH) {
        read(rest, true);
        rest = '';
      }
    },
    end() {
      read(rest, true);
      rest = '';
      return { domains, unread };
    },
  };
}

/** A copy: a part of a text keeps all of that text in memory. */
function own(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** `vcpu.0.exits.sum` and the like: what a hypervisor adds of its own, most of the output. */
function isExtra(text: string, equals: number): boolean {
  if (text.charCodeAt(equals - 4) !== 46) return false;
  const first = text.charCodeAt(equals - 3);
  // sum, cur, max
  return first === 115 || first === 99 || (first === 109 && text.charCodeAt(equals - 1) === 120);
}

/** The name of a domain, printed raw between quotes, whatever it holds; null where there is none. */
function readName(
  text: string,
  start: number,
  lineEnd: number,
  isLast: boolean,
): { text: string; end: number } | 'unfinished' | null {
  const nameStart = start + HEAD.length;
  let end = lineEnd;
  // A line end within the name: the head goes on until a line that ends with a quote.
  for (let tries = 0; text.charCodeAt(end - 1) !== 39 || end - 1 < nameStart; tries += 1) {
    if (tries > MAX_NAME_LINES) return null;
    const next = text.indexOf('\n', end + 1);
    if (next < 0 && !isLast) return 'unfinished';
    if (end >= text.length) return null;
    end = next < 0 ? text.length : next;
  }
  return end - 1 === nameStart ? null : { text: own(text.slice(nameStart, end - 1)), end };
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
    device.name = own(text.slice(start, end));
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

/**
 * A number that is not negative; null for anything else. libvirt's are unsigned: a sign means a wrapped counter, and so
 * does what no signed number reaches (18446744073709551615 is a -1 that was printed without its sign).
 */
function readNumber(text: string, start: number, end: number): number | null {
  let value = 0;
  if (end <= start || end - start > 20) return null;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value < MAX_VALUE ? value : null;
}
