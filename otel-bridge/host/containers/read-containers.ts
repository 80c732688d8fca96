import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type Docker from 'dockerode';
import {
  type ContainerReading,
  containerEventSchema,
  containerStatsSchema,
  type InspectedContainer,
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
  /** What was read the round before, by id. */
  readonly earlier: ReadonlyMap<string, ContainerReading>;
  /** Until when it is known what was killed, unix ms; null before the first round. */
  readonly sinceMs: number | null;
}

/** What an engine says of agents' containers. */
export interface ContainersReading {
  /** `absent`: there is no engine, or none that this user may ask. */
  readonly engine: 'answers' | 'absent' | 'fails';
  /** Why it could not be asked; null where it could. */
  readonly problem: string | null;
  readonly containers: readonly ContainerReading[];
  /** Until when it is known what was killed, unix ms; null where nothing was read. */
  readonly untilMs: number | null;
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
    const untilMs = Date.now();
    const kills = await readOomKills(engine, options.sinceMs ?? untilMs, untilMs, abortSignal);
    return {
      engine: 'answers',
      problem: null,
      containers: await readAll(engine, listed, { abortSignal, kills, earlier: options.earlier }),
      untilMs,
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
      untilMs: null,
    };
  }
}

/**
 * How often processes of containers were killed for want of memory in a time, by id. Docker alone tells that of a container
 * that was started again since: its state says nothing of the run before.
 */
async function readOomKills(
  engine: Docker,
  sinceMs: number,
  untilMs: number,
  abortSignal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const kills = new Map<string, number>();
  if (untilMs <= sinceMs) return kills;
  const events = await engine.getEvents({
    since: sinceMs / 1000,
    until: untilMs / 1000,
    filters: { type: ['container'], event: ['oom'] },
    abortSignal,
  });
  // With an end in the past it ends at once.
  for await (const line of createInterface({ input: events })) {
    if (line.trim() === '') continue;
    const { ID } = containerEventSchema.parse(JSON.parse(line)).Actor;
    kills.set(ID, (kills.get(ID) ?? 0) + 1);
  }
  return kills;
}

interface RoundContext {
  readonly abortSignal: AbortSignal;
  readonly kills: ReadonlyMap<string, number>;
  readonly earlier: ReadonlyMap<string, ContainerReading>;
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
  round: RoundContext,
): Promise<ContainerReading[]> {
  const readings: ContainerReading[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let each = listed[next++]; each !== undefined; each = listed[next++]) {
      const reading = await readOne(engine.getContainer(each.Id), round);
      if (reading !== null) readings.push(reading);
    }
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, work));
  return readings.sort((a, b) => (a.inspected.Id < b.inspected.Id ? -1 : 1));
}

/** Null for one that was removed meanwhile. @throws where the round is over or the engine is gone */
async function readOne(container: Docker.Container, round: RoundContext): Promise<ContainerReading | null> {
  const { abortSignal } = round;
  try {
    const inspected = inspectedContainerSchema.parse(await container.inspect({ abortSignal }));
    const takenMs = Date.now();
    const ofMemory = oomKillsOf(inspected, round);
    if (!isAlive(inspected)) return { inspected, stats: null, takenMs, ...ofMemory, problem: null };
    try {
      // At once: without a second reading, for which the engine would wait.
      const asked = { stream: false as const, 'one-shot': true, abortSignal };
      const told = await container.stats(asked);
      const stats = containerStatsSchema.parse(told);
      return { inspected, stats, takenMs: Date.now(), ...ofMemory, problem: null };
    } catch (error) {
      if (abortSignal.aborted) throw error;
      return { inspected, stats: null, takenMs, ...ofMemory, problem: messageOf(error).slice(0, 200) };
    }
  } catch (error) {
    if ((error as { statusCode?: unknown }).statusCode === 404) return null;
    throw error;
  }
}

/** A run begins to count anew, and its end counts with it. */
function oomKillsOf(
  inspected: InspectedContainer,
  { kills, earlier }: RoundContext,
): Pick<ContainerReading, 'oomKills' | 'wasOomKilled'> {
  const before = earlier.get(inspected.Id);
  const isSameRun = !isAlive(inspected) || before?.inspected.State.StartedAt === inspected.State.StartedAt;
  const since = kills.get(inspected.Id) ?? 0;
  return { oomKills: (isSameRun ? (before?.oomKills ?? 0) : 0) + since, wasOomKilled: since > 0 };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
