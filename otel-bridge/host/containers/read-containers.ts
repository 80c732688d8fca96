import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import {
  type ContainerReading,
  containerStatsSchema,
  inspectedContainerSchema,
  isAlive,
  type ListedContainer,
  listedContainerSchema,
} from './container-reading.ts';

/** Where to look, and for what. */
export interface ReadContainersOptions {
  /** Socket of Docker Engine. */
  readonly socketPath: string;
  /** Network of agents' containers. */
  readonly network: string;
  /** How long a round may take, ms. */
  readonly timeoutMs: number;
}

/** What an engine says of agents' containers. */
export interface ContainersReading {
  /** `absent`: there is no engine, or none that this user may ask. */
  readonly engine: 'answers' | 'absent' | 'fails';
  /** Why it could not be asked; null where it could. */
  readonly problem: string | null;
  readonly containers: readonly ContainerReading[];
}

/** Containers that are read at the same time. */
const MAX_AT_ONCE = 8;
const LABEL = 'agent-monitor.';
/** What the stack's own services carry. */
const OWN_LABEL = 'agent-monitor.config';

/** Reads every container on the agents' network or with a label of ours, the stack's own aside. Only ever reads. */
export async function readContainers(options: ReadContainersOptions): Promise<ContainersReading> {
  const { socketPath, network, timeoutMs } = options;
  const abortSignal = AbortSignal.timeout(timeoutMs);
  try {
    await stat(socketPath);
    // Loaded where there is an engine to ask.
    const { default: Client } = await import('dockerode');
    const engine = new Client({ socketPath });
    const listed = listedContainerSchema
      .array()
      .parse(await engine.listContainers({ all: true, abortSignal }))
      .filter((container) => isOfAgents(container, network));
    return {
      engine: 'answers',
      problem: null,
      containers: await readAll(engine, listed, abortSignal),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ENOENT' || code === 'EACCES' || code === 'ECONNREFUSED';
    const why = abortSignal.aborted
      ? `did not answer within ${timeoutMs / 1000} s`
      : `cannot be asked: ${messageOf(error)}`;
    return {
      engine: isAbsent ? 'absent' : 'fails',
      problem: `Docker at "${socketPath}" ${why}`.slice(0, 1000),
      containers: [],
    };
  }
}

/** Whether a container is one that people want to see here. */
export function isOfAgents({ Labels, NetworkSettings }: ListedContainer, network: string): boolean {
  const labels = Object.keys(Labels ?? {});
  if (labels.includes(OWN_LABEL)) return false;
  return (
    labels.some((label) => label.startsWith(LABEL)) || Object.hasOwn(NetworkSettings?.Networks ?? {}, network)
  );
}

async function readAll(
  engine: Docker,
  listed: readonly ListedContainer[],
  abortSignal: AbortSignal,
): Promise<ContainerReading[]> {
  const readings: ContainerReading[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let each = listed[next++]; each !== undefined; each = listed[next++]) {
      const reading = await readOne(engine.getContainer(each.Id), abortSignal);
      if (reading !== null) readings.push(reading);
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  return readings.sort((a, b) => (a.inspected.Id < b.inspected.Id ? -1 : 1));
}

/** Null for one that was removed meanwhile. @throws where the round is over or the engine is gone */
async function readOne(
  container: Docker.Container,
  abortSignal: AbortSignal,
): Promise<ContainerReading | null> {
  try {
    const inspected = inspectedContainerSchema.parse(await container.inspect({ abortSignal }));
    const takenMs = Date.now();
    if (!isAlive(inspected)) return { inspected, stats: null, takenMs, problem: null };
    try {
      // At once: without a second reading, for which the engine would wait.
      const asked = { stream: false as const, 'one-shot': true, abortSignal };
      const told = await container.stats(asked);
      return { inspected, stats: containerStatsSchema.parse(told), takenMs: Date.now(), problem: null };
    } catch (error) {
      if (abortSignal.aborted) throw error;
      return { inspected, stats: null, takenMs, problem: messageOf(error).slice(0, 200) };
    }
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return null;
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
