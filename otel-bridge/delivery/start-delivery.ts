import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeConfig } from '../config.ts';
import { LANES, type Lane, type Signal } from '../domain/outbox.ts';
import { createBatchSender } from './batch-sender.ts';
import { checkTargetAddress, type OwnAddresses } from './check-target-address.ts';
import {
  DELIVERY_TIMINGS,
  type Delivery,
  type DeliveryJournal,
  type DeliveryLog,
  type DeliveryTimings,
} from './delivery.ts';
import { type LanePump, startLanePump } from './lane-pump.ts';
import { createOtlpTransport, type OtlpTransport } from './otlp-transport.ts';

/** What delivery needs. */
export interface DeliveryOptions {
  readonly journal: DeliveryJournal;
  readonly targets: BridgeConfig['targets'];
  /** The bridge's own addresses, which no target may have. */
  readonly own: OwnAddresses;
  /** Log records and spans leave at most this often, unless a batch is full. */
  readonly logIntervalMs: number;
  /** Version of the program, for the instrumentation scope. */
  readonly version: string;
  readonly log: DeliveryLog;
  /** @default DELIVERY_TIMINGS */
  readonly timings?: Partial<DeliveryTimings>;
  /** @default OTLP/HTTP */
  readonly transport?: OtlpTransport;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * Starts to carry the outbox to the targets: one pump per lane and target, so that a target that is away, or one bad
 * record, holds up nothing else.
 * @throws MonitorError `invalid` when a target's address is none or our own.
 */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { journal, targets, own, log, now = Date.now, random = Math.random } = options;
  const timings: DeliveryTimings = { ...DELIVERY_TIMINGS, ...options.timings };
  const transport = options.transport ?? createOtlpTransport();
  const routes = targets.flatMap((target) =>
    LANES.flatMap((lane) => {
      const url = laneUrl(target, lane);
      return url === null ? [] : [{ target, lane, url }];
    }),
  );
  for (const { target, url } of routes) checkTargetAddress(target.name, url, own);

  const pumps = routes.map(({ target, lane, url }) => ({
    lane,
    pump: startLanePump({
      target: target.name,
      lane,
      journal,
      sender: createBatchSender({
        url,
        signal: laneSignal(lane),
        headers: target.headers,
        scope: { name: 'agent-monitor', version: options.version },
        requestTimeoutMs: timings.requestTimeoutMs,
        transport,
        now,
      }),
      lingerMs: lane === 'logs' || lane === 'traces' ? options.logIntervalMs : 0,
      timings,
      log,
      now,
      random,
    }),
  }));
  const stopListening = journal.onOutbox((lane) => {
    for (const entry of pumps) if (entry.lane === lane) entry.pump.wake();
  });
  let ending: Promise<void> | null = null;
  return {
    status: () => Promise.all(pumps.map(({ pump }) => pump.status())),
    [Symbol.asyncDispose]() {
      stopListening();
      ending ??= end(
        pumps.map(({ pump }) => pump),
        timings.drainMs,
      );
      return ending;
    },
  };
}

/** Lets the pumps send what is left, for a while. */
async function end(pumps: readonly LanePump[], drainMs: number): Promise<void> {
  for (const pump of pumps) pump.drain();
  const ended = Promise.all(pumps.map(({ ended }) => ended));
  const timeUp = new AbortController();
  await Promise.race([ended, delay(drainMs, undefined, { signal: timeUp.signal }).catch(() => undefined)]);
  timeUp.abort();
  for (const pump of pumps) pump.stop();
  await ended;
}

function laneSignal(lane: Lane): Signal {
  return lane.replace('raw/', '') as Signal;
}

/** Where a target takes a lane; null where it does not. */
function laneUrl(target: BridgeConfig['targets'][number], lane: Lane): string | null {
  const signal = laneSignal(lane);
  const base = lane.startsWith('raw/') ? target.raw_endpoint : target.endpoint;
  if (base === null || !target.signals.includes(signal)) return null;
  return `${base.replace(/\/+$/, '')}/v1/${signal}`;
}
