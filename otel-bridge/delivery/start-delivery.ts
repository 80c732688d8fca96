import { setTimeout as delay } from 'node:timers/promises';
import type { BridgeConfig } from '../config.ts';
import { MonitorError } from '../domain/error.ts';
import { laneEndpoint } from '../domain/lane-endpoint.ts';
import { LANES, type Lane, laneSignal } from '../domain/outbox.ts';
import { type BatchSender, createBatchSender } from './batch-sender.ts';
import { checkTargetAddress, type OwnAddresses } from './check-target-address.ts';
import {
  DELIVERY_TIMINGS,
  type Delivery,
  type DeliveryJournal,
  type DeliveryLog,
  type DeliveryRequest,
  type DeliveryTimings,
} from './delivery.ts';
import { type LanePump, startLanePump } from './lane-pump.ts';
import { letterRecord } from './letter-record.ts';
import { createOtlpTransport, type OtlpTransport } from './otlp-transport.ts';
import { targetCertificates } from './target-certificates.ts';

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
  /** Hears of every request to a target, for self-telemetry. */
  readonly onRequest?: (request: DeliveryRequest) => void;
  /** Unix ms. @default Date.now */
  readonly now?: () => number;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Lanes whose records wait for others, since they come one by one. */
const LINGERING: ReadonlySet<Lane> = new Set(['logs', 'digest/logs', 'traces']);

/** One lane to one target. */
interface Route {
  readonly target: BridgeConfig['targets'][number];
  readonly lane: Lane;
  readonly url: string;
}

/**
 * Starts to carry the outbox to the targets: one pump per lane and target, so that a target that is away, or one bad
 * record, holds up nothing else.
 * @throws MonitorError `invalid` when a target's address is none or our own.
 */
export function startDelivery(options: DeliveryOptions): Delivery {
  const { journal, targets, own, log, now = Date.now, random = Math.random } = options;
  const timings: DeliveryTimings = { ...DELIVERY_TIMINGS, ...options.timings };
  const routes = targets.flatMap((target) =>
    LANES.flatMap((lane): Route[] => {
      const url = laneUrl(target, lane);
      return url === null ? [] : [{ target, lane, url }];
    }),
  );
  for (const { target, url } of routes) checkTargetAddress(target.name, url, own);
  const transports = new Map(
    targets.map((target) => [
      target.name,
      options.transport ?? createOtlpTransport({ certificates: () => targetCertificates(target) }),
    ]),
  );

  const senderOf = ({ target, lane, url }: Route): BatchSender =>
    createBatchSender({
      url,
      signal: laneSignal(lane),
      headers: target.headers,
      scope: { name: 'agent-monitor', version: options.version },
      requestTimeoutMs: timings.requestTimeoutMs,
      transport: transports.get(target.name) ?? createOtlpTransport(),
      now,
      onRequest: (request) => options.onRequest?.({ target: target.name, lane, ...request }),
    });
  const pumps = routes.map((route) => ({
    lane: route.lane,
    pump: startLanePump({
      target: route.target.name,
      lane: route.lane,
      journal,
      sender: senderOf(route),
      lingerMs: LINGERING.has(route.lane) ? options.logIntervalMs : 0,
      timings,
      log,
      now,
      random,
    }),
  }));
  const stopListening = journal.onOutbox((lane) => {
    for (const entry of pumps) if (entry.lane === lane) entry.pump.wake();
  });
  const abort = new AbortController();
  let ending: Promise<void> | null = null;
  return {
    status: () => Promise.all(pumps.map(({ pump }) => pump.status())),
    async resend(letter) {
      const route = routes.find(({ target, lane }) => target.name === letter.target && lane === letter.lane);
      if (route === undefined) return { status: 'no_target' };
      const result = await senderOf(route).send([letterRecord(letter)], abort.signal);
      if (result.status === 'accepted') return { status: 'accepted' };
      // One record alone is never too large for a request of ours.
      if (result.status === 'too_large') throw new MonitorError('internal', 'A single record was not sent');
      return { status: result.status === 'refused' ? 'refused' : 'unreachable', reason: result.reason };
    },
    [Symbol.asyncDispose]() {
      stopListening();
      abort.abort();
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

/** Where a target takes a lane; null where it does not. */
function laneUrl(target: BridgeConfig['targets'][number], lane: Lane): string | null {
  const base = laneEndpoint(target, lane);
  return base === null ? null : `${base.replace(/\/+$/, '')}/v1/${laneSignal(lane)}`;
}
