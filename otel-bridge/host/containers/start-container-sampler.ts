import type { SampleRound } from '../../domain/sample.ts';
import type { HostLog } from '../host-log.ts';
import type { ContainerReading } from './container-reading.ts';
import { readContainers } from './read-containers.ts';
import { sampleContainers } from './sample-containers.ts';

/** Where agents' containers are. */
export interface ContainerSettings {
  /** Socket of Docker Engine. */
  readonly socketPath: string;
  /** Network of agents' containers. */
  readonly network: string;
  readonly intervalMs: number;
}

/** What a sampler needs. */
export interface ContainerSamplerOptions {
  readonly settings: ContainerSettings;
  readonly hostname: string;
  /** Takes a round. Rejects where it was not taken; the next one says the same and more. */
  readonly sink: (round: SampleRound) => Promise<void>;
  readonly log: HostLog;
}

/** Samples containers. */
export interface ContainerSampler extends AsyncDisposable {
  /** One round now; also done every interval by itself. Never two at once. Null where there was nothing to tell. */
  round(): Promise<SampleRound | null>;
}

/** How long Docker may take for a round, ms; also where rounds are closer together: a busy Docker is slow, not dead. */
const TIMEOUT_MS = 10_000;

/** Starts rounds. Where no engine ever answered there are none: Docker is nothing that everybody has. */
export function startContainerSampler(options: ContainerSamplerOptions): ContainerSampler {
  const { settings, hostname, sink, log } = options;
  const { intervalMs } = settings;
  let earlier: ReadonlyMap<string, ContainerReading> = new Map();
  let sinceMs: number | null = null;
  let hasAnswered = false;
  let underWay: Promise<SampleRound | null> | null = null;

  const sample = async (): Promise<SampleRound | null> => {
    const reading = await readContainers({ ...settings, timeoutMs: TIMEOUT_MS, earlier, sinceMs });
    if (reading.engine === 'absent' && !hasAnswered) return null;
    hasAnswered = true;
    const round = sampleContainers(reading, { hostname, intervalMs, takenMs: Date.now(), earlier });
    if (reading.problem === null) {
      earlier = new Map(reading.containers.map((each) => [each.inspected.Id, each]));
      sinceMs = reading.untilMs;
    }
    await sink(round);
    return round;
  };

  const round = (): Promise<SampleRound | null> => {
    underWay ??= sample()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'a round of container samples was not taken; the next one follows');
        return null;
      })
      .finally(() => {
        underWay = null;
      });
    return underWay;
  };

  const timer = setInterval(() => void round(), intervalMs);
  void round();
  return {
    round,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
    },
  };
}
