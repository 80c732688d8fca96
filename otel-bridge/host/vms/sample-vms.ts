import type { SampledThing, SampleRound } from '../../domain/sample.ts';
import { domainMetrics, type EarlierReading, type ReadingContext } from './domain-metrics.ts';
import { domainState, isAlive, stateReason } from './domain-state.ts';
import type { Domain } from './domain-stats.ts';
import { processStarts } from './process-start.ts';
import { type DomainsReading, readDomains, sayUnread } from './read-domains.ts';
import type { GuestReading } from './read-guest.ts';
import type { VmInstance } from './vm-instance.ts';

/** What a round needs. */
export interface VmRoundOptions {
  readonly uri: string;
  /** Name of the machine that samples. */
  readonly hostname: string;
  readonly intervalMs: number;
  readonly instances: readonly VmInstance[];
  /** Looks into a guest; its figures join the domain's. */
  readonly lookInto: (instance: VmInstance) => Promise<GuestReading>;
  /** What was read of each domain the round before; replaced by this round's. */
  readonly earlier: Map<string, EarlierReading>;
  /** @default readDomains */
  readonly read?: (uri: string) => Promise<DomainsReading>;
  /** When domains of this machine were started. @default processStarts */
  readonly startsOf?: typeof processStarts;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
}

/** Guests that are looked into at the same time. */
const MAX_AT_ONCE = 8;

/** Network interfaces whose names are facts. */
const MAX_SHOWN_INTERFACES = 16;

/** Figures of one thing that are kept at most, as the bridge has it. */
const MAX_METRICS = 5000;

/** Samples all domains of one libvirt, and the guests of those that are registered. */
export async function sampleVms(options: VmRoundOptions): Promise<SampleRound> {
  const { uri, hostname, intervalMs, earlier, read = readDomains, now = Date.now } = options;
  const { problem, domains: found } = await read(uri);
  // libvirt tells them in any order.
  const domains = [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
  const takenMs = now();
  const instances = options.instances.filter((instance) => instance.uri === null || instance.uri === uri);
  const pairs = domains.map((domain) => ({ domain, instance: instances.find((each) => isOf(each, domain)) }));
  const started = await startsOf(domains, takenMs, options);
  const guests = await lookIntoAll(pairs, options.lookInto);
  const place = { uri, hostname };
  const things = pairs.map(({ domain, instance }, index) =>
    toThing(domain, instance, guests[index], place, {
      takenMs,
      earlier: earlier.get(keyOf(domain)),
      startedMs: started.get(keyOf(domain)),
    }),
  );
  if (problem === null) earlier.clear();
  for (const domain of domains) {
    const { stateCode, runId, cpuTimeNs } = domain;
    const key = keyOf(domain);
    const startedMs = started.get(key);
    earlier.set(key, { takenMs, state: domainState(stateCode), runId, cpuTimeNs, startedMs });
  }
  const known = new Set(pairs.map(({ instance }) => instance));
  // One that libvirt could not be asked for is not gone.
  const missing = problem === null ? instances.filter((each) => each.uri === uri && !known.has(each)) : [];
  return {
    sampler: `${hostname} ${uri}`.slice(0, 256),
    taken_ms: takenMs,
    interval_ms: intervalMs,
    problem,
    things: [...things, ...missing.map((instance) => missingThing(instance, place))],
  };
}

/**
 * When domains that run were started, unix ms: as their process says; where it is not here, the round in which they were
 * first seen to run after one in which they did not.
 */
async function startsOf(
  domains: readonly Domain[],
  takenMs: number,
  { earlier, startsOf: processes = processStarts }: VmRoundOptions,
): Promise<Map<string, number>> {
  const starts = new Map<string, number>();
  const unknown: Domain[] = [];
  for (const domain of domains.filter(isAlive)) {
    const before = earlier.get(keyOf(domain));
    if (before === undefined || before.runId !== domain.runId) unknown.push(domain);
    else if (before.startedMs !== undefined) starts.set(keyOf(domain), before.startedMs);
  }
  const told = await processes(new Set(unknown.flatMap(({ uuid }) => uuid ?? [])), takenMs);
  for (const domain of unknown) {
    const isSeenToStart = earlier.size > 0 && domain.runId !== undefined;
    const startedMs = told.get(keyOf(domain)) ?? (isSeenToStart ? takenMs : undefined);
    if (startedMs !== undefined) starts.set(keyOf(domain), startedMs);
  }
  return starts;
}

function isOf({ domain }: VmInstance, { name, uuid }: Domain): boolean {
  return domain === name || (uuid !== null && domain.toLowerCase() === uuid);
}

function keyOf({ uuid, name }: Domain): string {
  return uuid ?? name;
}

async function lookIntoAll(
  pairs: readonly { readonly domain: Domain; readonly instance: VmInstance | undefined }[],
  lookInto: VmRoundOptions['lookInto'],
): Promise<(GuestReading | undefined)[]> {
  const results: (GuestReading | undefined)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < pairs.length; at = next++) {
      const pair = pairs[at];
      const isRunning = domainState(pair?.domain.stateCode) === 'running';
      results[at] = pair?.instance === undefined || !isRunning ? undefined : await lookInto(pair.instance);
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  return results;
}

interface Place {
  readonly uri: string;
  readonly hostname: string;
}

function toThing(
  domain: Domain,
  instance: VmInstance | undefined,
  guest: GuestReading | undefined,
  place: Place,
  context: ReadingContext,
): SampledThing {
  const state = domainState(domain.stateCode);
  const metrics = [...domainMetrics(domain, context), ...(guest?.metrics ?? [])];
  const issues = [
    ...(state === 'crashed' ? ['the domain crashed'] : []),
    ...(domain.unread === undefined ? [] : [`libvirt says ${sayUnread(domain.unread)}`]),
    ...(metrics.length > MAX_METRICS
      ? [`it has ${metrics.length} figures: the first ${MAX_METRICS} are kept`]
      : []),
    ...(guest?.issues ?? []),
  ];
  return {
    ...ownerOf(instance, domain.name),
    kind: 'vm',
    id: keyOf(domain),
    location: locationOf(place),
    state,
    reason: stateReason(state, domain.reasonCode),
    issues: issues.slice(0, 20).map((issue) => issue.slice(0, 300)),
    facts: { domain: domain.name.slice(0, 300), ...interfaceNames(domain), ...guest?.facts },
    metrics: metrics.slice(0, MAX_METRICS),
    ...(domain.runId === undefined ? {} : { run_id: domain.runId }),
  };
}

/** What its network interfaces are called on the host. */
function interfaceNames({ interfaces }: Domain): Record<string, string> {
  return Object.fromEntries(
    interfaces
      .slice(0, MAX_SHOWN_INTERFACES)
      .flatMap(({ index, name }) => (name === undefined ? [] : [[`net${index}`, name.slice(0, 300)]])),
  );
}

function missingThing(instance: VmInstance, place: Place): SampledThing {
  return {
    ...ownerOf(instance, instance.name),
    kind: 'vm',
    id: `missing:${instance.domain}`.slice(0, 256),
    location: locationOf(place),
    state: 'missing',
    reason: null,
    issues: [`libvirt has no domain "${instance.domain}"`.slice(0, 300)],
    facts: {},
    metrics: [],
  };
}

/** Whose it is, as the registry says; else nobody's, by the name of its domain. */
function ownerOf(instance: VmInstance | undefined, name: string) {
  return {
    name: (instance?.name ?? name).slice(0, 256),
    project: (instance?.project ?? 'unassigned').slice(0, 256),
    agent: (instance?.agent ?? name).slice(0, 256),
    framework: (instance?.framework ?? 'libvirt').slice(0, 64),
    host: instance?.host?.slice(0, 256) ?? null,
    registered: instance !== undefined,
  };
}

function locationOf({ uri, hostname }: Place): string {
  return `${uri} on ${hostname}`.slice(0, 512);
}
