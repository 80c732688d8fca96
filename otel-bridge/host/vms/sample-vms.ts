import type { SampledThing, SampleRound } from '../../domain/sample.ts';
import { domainMetrics, type EarlierReading } from './domain-metrics.ts';
import { domainState, stateReason } from './domain-state.ts';
import type { DomainStats } from './domain-stats.ts';
import { type DomainsReading, readDomains } from './read-domains.ts';
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
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
}

type Domain = DomainStats & { readonly uuid: string | null };

/** Guests that are looked into at the same time. */
const MAX_AT_ONCE = 8;

/** Samples all domains of one libvirt, and the guests of those that are registered. */
export async function sampleVms(options: VmRoundOptions): Promise<SampleRound> {
  const { uri, hostname, intervalMs, earlier, read = readDomains, now = Date.now } = options;
  const { problem, domains } = await read(uri);
  const takenMs = now();
  const instances = options.instances.filter((instance) => instance.uri === null || instance.uri === uri);
  const pairs = domains.map((domain) => ({ domain, instance: instances.find((each) => isOf(each, domain)) }));
  const guests = await lookIntoAll(pairs, options.lookInto);
  const things = pairs.map(({ domain, instance }, index) =>
    toThing(domain, instance, guests[index], { uri, hostname, takenMs, earlier: earlier.get(keyOf(domain)) }),
  );
  earlier.clear();
  for (const domain of domains) earlier.set(keyOf(domain), { takenMs, stats: domain });
  const known = new Set(pairs.map(({ instance }) => instance));
  // One that libvirt could not be asked for is not gone.
  const missing = problem === null ? instances.filter((each) => each.uri === uri && !known.has(each)) : [];
  return {
    sampler: `${hostname} ${uri}`,
    taken_ms: takenMs,
    interval_ms: intervalMs,
    problem,
    things: [...things, ...missing.map((instance) => missingThing(instance, uri, hostname))],
  };
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
  readonly takenMs: number;
  readonly earlier: EarlierReading | undefined;
}

function toThing(
  domain: Domain,
  instance: VmInstance | undefined,
  guest: GuestReading | undefined,
  { uri, hostname, takenMs, earlier }: Place,
): SampledThing {
  const state = domainState(domain.stateCode);
  const issues = [...(guest?.issues ?? [])];
  if (state === 'crashed') issues.unshift('the domain crashed');
  return {
    kind: 'vm',
    id: keyOf(domain),
    name: (instance?.name ?? domain.name).slice(0, 256),
    project: instance?.project ?? 'unassigned',
    agent: instance?.agent ?? domain.name.slice(0, 256),
    framework: instance?.framework ?? 'libvirt',
    host: instance?.host ?? null,
    location: `${uri} on ${hostname}`,
    registered: instance !== undefined,
    state,
    reason: stateReason(state, domain.reasonCode),
    issues: issues.slice(0, 20).map((issue) => issue.slice(0, 300)),
    facts: { domain: domain.name.slice(0, 300), ...guest?.facts },
    metrics: [...domainMetrics(domain, takenMs, earlier), ...(guest?.metrics ?? [])],
  };
}

function missingThing(instance: VmInstance, uri: string, hostname: string): SampledThing {
  return {
    kind: 'vm',
    id: `missing:${instance.domain}`.slice(0, 256),
    name: instance.name.slice(0, 256),
    project: instance.project,
    agent: instance.agent,
    framework: instance.framework,
    host: instance.host,
    location: `${uri} on ${hostname}`,
    registered: true,
    state: 'missing',
    reason: null,
    issues: [`libvirt has no domain "${instance.domain}"`.slice(0, 300)],
    facts: {},
    metrics: [],
  };
}
