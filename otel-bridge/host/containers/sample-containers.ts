import type { SampledThing, SampleRound } from '../../domain/sample.ts';
import { containerMetrics, startedMsOf } from './container-metrics.ts';
import { ownerOf } from './container-owner.ts';
import { type ContainerReading, isAlive } from './container-reading.ts';
import type { ContainersReading } from './read-containers.ts';

/** What a round needs beside what was read. */
export interface ContainerRoundOptions {
  /** Name of the machine that samples. */
  readonly hostname: string;
  readonly intervalMs: number;
  /** Unix ms. */
  readonly takenMs: number;
  /** What was read of each container the round before, by id. */
  readonly earlier: ReadonlyMap<string, ContainerReading>;
}

/** Exit codes of what was told to end: SIGINT, SIGKILL, SIGTERM. */
const STOPPED = new Set([130, 137, 143]);

/** The round that a reading is. Pure. */
export function sampleContainers(reading: ContainersReading, options: ContainerRoundOptions): SampleRound {
  const { hostname, intervalMs, takenMs, earlier } = options;
  return {
    sampler: `${hostname} docker`,
    taken_ms: takenMs,
    interval_ms: intervalMs,
    problem: reading.problem,
    things: reading.containers.map((each) => toThing(each, earlier.get(each.inspected.Id), hostname)),
  };
}

function toThing(
  reading: ContainerReading,
  earlier: ContainerReading | undefined,
  hostname: string,
): SampledThing {
  const { Id, Name, Config, State, RestartCount } = reading.inspected;
  const { project, agent } = ownerOf(reading.inspected);
  const name = Name.replace(/^\//, '').slice(0, 256) || Id.slice(0, 12);
  return {
    kind: 'container',
    id: Id,
    name,
    project: project ?? 'unassigned',
    agent: agent ?? name,
    framework: 'docker',
    host: Config.Hostname?.slice(0, 256) || null,
    location: `docker on ${hostname}`,
    registered: project !== null,
    state: State.Status.slice(0, 64),
    reason: reasonOf(reading),
    issues: issuesOf(reading),
    facts: {
      image: Config.Image?.slice(0, 300) ?? null,
      restarts: RestartCount ?? null,
      exit_code: State.Status === 'exited' ? (State.ExitCode ?? null) : null,
      health: State.Health?.Status?.slice(0, 300) ?? null,
    },
    metrics: containerMetrics(reading, earlier),
    ...runOf(reading),
  };
}

/** A run is known by its start, where Docker tells that. */
function runOf(reading: ContainerReading): Pick<SampledThing, 'run_id'> {
  if (!isAlive(reading.inspected)) return { run_id: null };
  const startedMs = startedMsOf(reading);
  return startedMs === undefined ? {} : { run_id: String(startedMs) };
}

/** Why it does not run. */
function reasonOf({ inspected: { State } }: ContainerReading): string | null {
  if (State.Status !== 'exited') return null;
  if (State.OOMKilled === true) return 'oom_killed';
  const { ExitCode } = State;
  if (ExitCode === null || ExitCode === undefined) return null;
  if (ExitCode === 0) return 'completed';
  return STOPPED.has(ExitCode) ? 'stopped' : 'failed';
}

function issuesOf({ inspected: { State }, wasOomKilled, problem }: ContainerReading): string[] {
  return [
    ...(State.OOMKilled === true || wasOomKilled ? ['killed for want of memory'] : []),
    ...(State.Health?.Status === 'unhealthy' ? ['its health check fails'] : []),
    ...(State.Status === 'restarting' ? ['it is started again and again'] : []),
    ...(problem === null ? [] : [`its figures cannot be read: ${problem}`]),
  ];
}
