import type { BridgeConfig } from '../../otel-bridge/config.ts';
import type { Delivery, DeliveryTimings } from '../../otel-bridge/delivery/delivery.ts';
import { type DeliveryOptions, startDelivery } from '../../otel-bridge/delivery/start-delivery.ts';
import { MemoryJournal } from './memory-journal.ts';
import { RecordingLog } from './recording-log.ts';

/** Short pauses, so that a test sees many attempts. */
export const FAST: DeliveryTimings = {
  requestTimeoutMs: 600,
  firstBackoffMs: 1,
  maxBackoffMs: 4,
  pollMs: 20,
  drainMs: 500,
};

/** A target of the configuration that takes everything at one address. */
export function targetAt(
  url: string,
  overrides: Partial<BridgeConfig['targets'][number]> = {},
): BridgeConfig['targets'][number] {
  return {
    name: 'collector',
    endpoint: url,
    raw_endpoint: `${url}/raw`,
    signals: ['logs', 'metrics', 'traces'],
    headers: {},
    ...overrides,
  };
}

/** Delivery that runs, with what it runs on. */
export interface RunningDelivery extends AsyncDisposable {
  readonly journal: MemoryJournal;
  readonly log: RecordingLog;
  readonly delivery: Delivery;
}

/** Starts delivery to targets on a journal in memory. */
export function runDelivery(
  targets: BridgeConfig['targets'],
  overrides: Partial<DeliveryOptions> & { journal?: MemoryJournal } = {},
): RunningDelivery {
  const journal = overrides.journal ?? new MemoryJournal();
  const log = new RecordingLog();
  const delivery = startDelivery({
    targets,
    own: {
      listen: ['127.0.0.1'],
      allowed_hosts: ['localhost'],
      ports: { ingest: 1, ui: 2, otlp_grpc: 3, otlp_http: 4 },
    },
    logIntervalMs: 0,
    version: '1.2.3',
    log,
    timings: FAST,
    ...overrides,
    journal,
  });
  return { journal, log, delivery, [Symbol.asyncDispose]: () => delivery[Symbol.asyncDispose]() };
}
