import { join } from 'node:path';
import type { BenchContext } from '../benchmark.ts';
import type { LoadResult } from '../load/load-generator.ts';
import { type MeasuredBridge, startMeasuredBridge } from './bridge.ts';
import { assertEventCount, assertStored, readJournalState } from './journal-state.ts';

/** A load on a fresh bridge with a fresh journal, projections and delivery running. */
export interface BridgeWindow {
  /** File of the template. */
  readonly template: string;
  readonly to: keyof typeof ROUTES;
  readonly connections: number;
  /** What the journal must hold afterwards: the acknowledged ids, as many events as items, or none. */
  readonly stores: 'ids' | 'items' | 'nothing';
  /** Requests a second; as many as there are answers where it is left out. */
  readonly rate?: number;
  /** Part of the requests that is sent once more. @default as the generator has it */
  readonly duplicates?: number;
}

/** Where a load goes, by port and path. */
const ROUTES = {
  ingest: ['ingestUrl', '/v1/events'],
  hooks: ['ingestUrl', '/v1/hooks/claude-code'],
  otlp: ['otlpUrl', '/v1/logs'],
} as const;

/** What came of a load. */
export interface BridgeWindowResult extends LoadResult {
  readonly itemsPerSecond: number;
  readonly requestsPerSecond: number;
  /** Part of the events that the projections had seen when the load ended. */
  readonly projected: number;
}

/** Runs a load on a bridge of its own and checks that the journal has everything that was acknowledged. */
export async function measureBridge(
  context: BenchContext,
  window: BridgeWindow,
): Promise<BridgeWindowResult> {
  const { load, folder, program } = context;
  await using sink = await load.startSink();
  await using bridge = await startMeasuredBridge({ folder, program: program.bridge, sinkUrl: sink.url });
  const result = await sendToBridge(context, bridge, window);
  return result;
}

/** Runs a load on a bridge that is there. */
export async function sendToBridge(
  { load, folder, settings }: BenchContext,
  bridge: MeasuredBridge,
  { template, to, connections, stores, rate, duplicates }: BridgeWindow,
): Promise<BridgeWindowResult> {
  const ackedFile = join(folder, 'acked');
  const [port, path] = ROUTES[to];
  const result = await load.send({
    url: `${bridge[port]}${path}`,
    template,
    connections,
    warmupSeconds: settings.warmupSeconds,
    seconds: settings.seconds,
    ackedFile,
    ...(rate === undefined ? {} : { rate }),
    ...(duplicates === undefined ? {} : { duplicates }),
  });
  const { projected } = readJournalState(bridge.journalPath);
  if (stores === 'ids') assertStored(bridge.journalPath, ackedFile);
  else assertEventCount(bridge.journalPath, stores === 'items' ? result.distinctItems : 0);
  return {
    ...result,
    itemsPerSecond: result.items / result.seconds,
    requestsPerSecond: result.requests / result.seconds,
    projected,
  };
}
