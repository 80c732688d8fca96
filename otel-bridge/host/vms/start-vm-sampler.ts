import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleRound } from '../../domain/sample.ts';
import type { HostLog } from '../host-log.ts';
import type { EarlierReading } from './domain-metrics.ts';
import { readGuest } from './read-guest.ts';
import { readRegistry, toInstances } from './read-registry.ts';
import { sampleVms } from './sample-vms.ts';
import type { VmInstance } from './vm-instance.ts';

/** `vms:` of settings. */
export interface VmSettings {
  readonly uris: readonly string[];
  readonly intervalMs: number;
  /** File of the registry; null = none. */
  readonly registry: string | null;
  /** Instances as settings name them; they win over the registry's of the same name. */
  readonly instances: readonly unknown[];
}

/** What a sampler needs. */
export interface VmSamplerOptions {
  readonly settings: VmSettings;
  readonly hostname: string;
  /** Takes a round. Rejects where it was not taken; the next one says the same and more. */
  readonly sink: (round: SampleRound) => Promise<void>;
  readonly log: HostLog;
}

/** Samples virtual machines. */
export interface VmSampler extends AsyncDisposable {
  /** One round over all libvirts; also done every interval by itself. Never two at once. */
  round(): Promise<SampleRound[]>;
}

/** Instances that are known beforehand, and why some are not. */
export function knownInstances({ registry, instances }: Pick<VmSettings, 'registry' | 'instances'>): {
  readonly instances: readonly VmInstance[];
  readonly problems: readonly string[];
} {
  const said = toInstances(instances, '"vms.instances" in settings.yaml');
  const registered = registry === null ? { instances: [], problem: null } : readRegistry(registry);
  const names = new Set(said.instances.map(({ name }) => name));
  return {
    instances: [...said.instances, ...registered.instances.filter(({ name }) => !names.has(name))],
    problems: [said.problem, registered.problem].filter((problem) => problem !== null),
  };
}

/** Starts rounds; each libvirt is asked for itself, so that one that hangs holds up no other. */
export function startVmSampler(options: VmSamplerOptions): VmSampler {
  const { settings, hostname, sink, log } = options;
  // ssh keeps its connections open between rounds by sockets in here; their paths must be short.
  const controlDir = mkdtempSync(join(tmpdir(), 'am-ssh-'));
  const earlier = new Map<string, Map<string, EarlierReading>>();
  const underWay = new Map<string, Promise<SampleRound | null>>();
  let saidProblems = '';

  const sampleOne = async (uri: string, instances: readonly VmInstance[]): Promise<SampleRound> => {
    const readings = earlier.get(uri) ?? new Map<string, EarlierReading>();
    earlier.set(uri, readings);
    return sampleVms({
      uri,
      hostname,
      intervalMs: settings.intervalMs,
      instances,
      lookInto: (instance) => readGuest(instance, { controlDir }),
      earlier: readings,
    });
  };

  const start = (uri: string, instances: readonly VmInstance[]): Promise<SampleRound | null> => {
    const running = underWay.get(uri);
    // One that takes longer than an interval is let finish: never two at once.
    if (running !== undefined) return running;
    const work = sampleOne(uri, instances)
      .then(async (round) => {
        await sink(round);
        return round;
      })
      .catch((error: unknown) => {
        log.warn({ err: error, uri }, 'a round of samples was not taken; the next one follows');
        return null;
      })
      .finally(() => underWay.delete(uri));
    underWay.set(uri, work);
    return work;
  };

  const round = async (): Promise<SampleRound[]> => {
    const { instances, problems } = knownInstances(settings);
    const said = problems.join('; ');
    if (said !== saidProblems && said !== '') log.warn({}, said);
    saidProblems = said;
    const rounds = await Promise.all(settings.uris.map((uri) => start(uri, instances)));
    return rounds.filter((each) => each !== null);
  };

  const timer = setInterval(() => void round(), settings.intervalMs);
  void round();
  return {
    round,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await Promise.all(underWay.values());
      rmSync(controlDir, { recursive: true, force: true });
    },
  };
}
