/** One window of each reference, in the units of what it is compared with. */
import { join } from 'node:path';
import type { BenchContext } from '../benchmark.ts';
import type { LoadResult } from '../load/load-generator.ts';
import { startCollector } from './collector.ts';
import { nodeProgram, startReference } from './reference-process.ts';

/** Name in the table, per reference. */
export const REFERENCES = {
  bareHttp: 'bare node:http + JSON.parse + 202',
  sqliteLoop: 'raw node:sqlite insert loop, 512 a commit',
  collector: 'Collector, file_storage queue, fsync: true',
  fdatasync: 'bare fdatasync of 4 KiB',
  pacedFdatasync: 'bare fdatasync of 4 KiB, as many a second',
} as const;

/** Sends a load to a bare server. */
export async function measureBareHttp(
  { load, settings }: BenchContext,
  template: string,
  connections: number,
): Promise<LoadResult> {
  await using server = startReference(nodeProgram('bare-http.ts'));
  return await load.send({
    url: `http://127.0.0.1:${await server.line()}/v1/events`,
    template,
    connections,
    warmupSeconds: settings.warmupSeconds,
    seconds: settings.seconds,
  });
}

let loops = 0;

/** Rows per second of the insert loop. */
export async function measureSqliteLoop({ folder, settings }: BenchContext): Promise<number> {
  loops += 1;
  const journal = join(folder, `loop-${loops}`, 'journal.db');
  await using loop = startReference(
    nodeProgram('sqlite-loop.ts', journal, String(settings.warmupSeconds), String(settings.seconds)),
  );
  return Number(await loop.line());
}

/** Sends a load of log records to the Collector. */
export async function measureCollector(
  { load, folder, settings }: BenchContext,
  template: string,
  connections: number,
): Promise<LoadResult> {
  await using sink = await load.startSink();
  await using collector = await startCollector(folder, sink.url);
  return await load.send({
    url: `${collector.url}/v1/logs`,
    template,
    connections,
    warmupSeconds: settings.warmupSeconds,
    seconds: settings.seconds,
  });
}

/** Durations of the bare sync, milliseconds. @param rate so many a second; one after the other where it is left out */
export async function measureFdatasync(
  { folder, settings }: BenchContext,
  rate?: number,
): Promise<{ p50: number; p99: number }> {
  const options = [
    join(folder, 'synced'),
    String(settings.seconds),
    ...(rate === undefined ? [] : [String(rate)]),
  ];
  await using loop = startReference(nodeProgram('fdatasync-loop.ts', ...options));
  return JSON.parse(await loop.line()) as { p50: number; p99: number };
}
