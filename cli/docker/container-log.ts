import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import type Docker from 'dockerode';

/** One line of a container's log. */
export interface ContainerLogLine {
  /** RFC 3339 with nanoseconds, as Docker writes it. */
  readonly ts: string;
  readonly text: string;
}

/** Which lines of a container's log. */
export interface ContainerLogQuery {
  /** How many of the last lines; null = all. */
  readonly lines: number | null;
  /** Unix seconds, with a fraction; null = however old. */
  readonly sinceS: number | null;
}

/** Lines that a container has written so far, stdout and stderr together, oldest first. */
export async function readContainerLog(
  client: Docker,
  id: string,
  query: ContainerLogQuery,
): Promise<readonly ContainerLogLine[]> {
  const buffer = await client.getContainer(id).logs({ ...toOptions(query), follow: false });
  const lines: ContainerLogLine[] = [];
  for await (const line of demultiplex(client, Readable.from([buffer]))) lines.push(line);
  return lines;
}

/** Lines as a container writes them, from `sinceS` on, until it ends or the signal comes. */
export async function* followContainerLog(
  client: Docker,
  id: string,
  sinceS: number,
  signal: AbortSignal,
): AsyncGenerator<ContainerLogLine> {
  const options = { ...toOptions({ lines: null, sinceS }), follow: true as const, abortSignal: signal };
  let stream: NodeJS.ReadableStream;
  try {
    stream = await client.getContainer(id).logs(options);
    yield* demultiplex(client, stream);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function toOptions({ lines, sinceS }: ContainerLogQuery) {
  return {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(lines === null ? {} : { tail: lines }),
    ...(sinceS === null ? {} : { since: sinceS }),
  };
}

/** Docker sends stdout and stderr as frames of one stream. */
async function* demultiplex(client: Docker, stream: NodeJS.ReadableStream): AsyncGenerator<ContainerLogLine> {
  const merged = new PassThrough();
  client.modem.demuxStream(stream, merged, merged);
  stream.once('end', () => merged.end());
  stream.once('error', (error: Error) => merged.destroy(error));
  for await (const line of createInterface({ input: merged })) {
    const blank = line.indexOf(' ');
    if (blank > 0) yield { ts: line.slice(0, blank), text: line.slice(blank + 1) };
  }
}
