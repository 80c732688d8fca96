import type Docker from 'dockerode';
import { followLog, parseLogLine, readLog, sizeOf } from '../embedded/bridge-log.ts';
import type { LogQuery, PartLogLine } from '../runtime.ts';
import { type ContainerLogLine, followContainerLog, readContainerLog } from './container-log.ts';
import { mergeAsync } from './merge-async.ts';
import type { StackContainer } from './stack-containers.ts';

/** Where the stack's logs come from. */
export interface StackLogSources {
  readonly client: Docker;
  readonly containers: readonly StackContainer[];
  /** Log of the host part; null where it is not asked for. */
  readonly hostLogFile: string | null;
  readonly signal: AbortSignal;
}

/** Log lines of containers and host part: the past sorted by time, then, when followed, what comes. */
export async function* readStackLogs(
  { client, containers, hostLogFile, signal }: StackLogSources,
  query: LogQuery,
): AsyncGenerator<PartLogLine> {
  const { sinceMs, lines, follow } = query;
  const sinceS = sinceMs === null ? null : sinceMs / 1000;
  const hostEndBytes = hostLogFile === null ? 0 : await sizeOf(hostLogFile);
  const pasts = await Promise.all([
    ...containers.map(async ({ id, service }) =>
      (await readContainerLog(client, id, { lines, sinceS })).map((line) => toPartLine(service, line)),
    ),
    ...(hostLogFile === null ? [] : [readHostLog(hostLogFile, hostEndBytes, query)]),
  ]);
  const past = pasts.flat().toSorted((a, b) => timeOf(a) - timeOf(b));
  yield* past;
  if (!follow) return;
  const lastMs = new Map<string, number>();
  for (const line of past) lastMs.set(line.part, timeOf(line));
  yield* mergeAsync([
    ...containers.map(({ id, service }) =>
      followContainer(client, { id, service, afterMs: lastMs.get(service) ?? Date.now() }, signal),
    ),
    ...(hostLogFile === null ? [] : [followHost(hostLogFile, hostEndBytes, signal)]),
  ]);
}

async function readHostLog(
  file: string,
  endBytes: number,
  { lines, sinceMs }: LogQuery,
): Promise<PartLogLine[]> {
  const kept: PartLogLine[] = [];
  for await (const text of readLog(file, endBytes)) {
    const line = parseLogLine(text, 'host');
    if (sinceMs !== null && line.ts !== null && Date.parse(line.ts) < sinceMs) continue;
    kept.push(line);
    if (lines !== null && kept.length > lines) kept.shift();
  }
  return kept;
}

async function* followHost(
  file: string,
  fromBytes: number,
  signal: AbortSignal,
): AsyncGenerator<PartLogLine> {
  for await (const text of followLog(file, fromBytes, signal)) yield parseLogLine(text, 'host');
}

interface FollowedContainer {
  readonly id: string;
  readonly service: string;
  /** Lines up to this time have been shown. */
  readonly afterMs: number;
}

async function* followContainer(
  client: Docker,
  { id, service, afterMs }: FollowedContainer,
  signal: AbortSignal,
): AsyncGenerator<PartLogLine> {
  // Docker's `since` includes its own moment.
  for await (const line of followContainerLog(client, id, (afterMs + 1) / 1000, signal)) {
    yield toPartLine(service, line);
  }
}

/** The bridge writes JSON for machines; everything else is shown as it is. */
function toPartLine(part: string, { ts, text }: ContainerLogLine): PartLogLine {
  const time = new Date(ts).toISOString();
  return part === 'bridge' ? { ...parseLogLine(text, part), ts: time } : { part, ts: time, text };
}

function timeOf({ ts }: PartLogLine): number {
  return ts === null ? 0 : Date.parse(ts);
}
