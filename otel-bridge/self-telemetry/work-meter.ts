import type { Origin } from '../domain/event.ts';
import type { AppendRequest, AppendStatus } from '../domain/journal.ts';
import type { Lane } from '../domain/outbox.ts';
import { createTally, type Tally } from './tally.ts';

/** A piece of work that is over, to be told as a span. */
export interface FinishedWork {
  readonly name: string;
  /** Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Why it failed; null where it did not. */
  readonly error: string | null;
}

/** A request to a target, as delivery tells of it. */
export interface DeliveryWork {
  readonly target: string;
  readonly lane: Lane;
  readonly records: number;
  readonly sizeBytes: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly startMs: number;
  readonly endMs: number;
}

/** Records of one sender in one request. */
export interface ReceivedTelemetry {
  readonly signal: string;
  readonly framework: string;
  /** Whether there is an adapter for it. */
  readonly known: boolean;
  /** Log records, spans or data points. */
  readonly count: number;
}

/** Counts what the bridge does. It costs little, whether or not anyone exports it. */
export interface WorkMeter {
  readonly accepted: Tally;
  readonly duplicate: Tally;
  readonly rejected: Tally;
  /** Records of agents' own telemetry, understood or not. */
  readonly received: Tally;
  readonly deliveryRequests: Tally;
  readonly deliveredRecords: Tally;
  /** The same append, counted. */
  observeAppend<T extends Append>(append: T): Append;
  /** A source refused so many events or records. */
  reject(count: number, source: string, code: string): void;
  /** Agents sent telemetry of their own. */
  receive(sent: ReceivedTelemetry): void;
  /** Delivery sent a request. */
  deliver(work: DeliveryWork): void;
  /** Calls back with work that is over. Answers the function that ends it. */
  onWork(listener: (work: FinishedWork) => void): () => void;
  /** Tells of work that is over. */
  finish(work: FinishedWork): void;
}

type Append = (request: AppendRequest) => Promise<AppendStatus[]>;

/** Appends that are this quick and succeed are not worth a span. */
const SLOW_APPEND_MS = 250;
/** So many senders are counted by name. */
const MAX_FRAMEWORKS = 100;

/** Creates a meter. @param now unix ms */
export function createWorkMeter(now: () => number = Date.now): WorkMeter {
  const listeners = new Set<(work: FinishedWork) => void>();
  const accepted = createTally();
  const duplicate = createTally();
  const rejected = createTally();
  const received = createTally();
  const namedFrameworks = new Set<string>();
  const deliveryRequests = createTally();
  const deliveredRecords = createTally();

  const finish = (work: FinishedWork): void => {
    for (const listener of listeners) listener(work);
  };

  const count = (origins: readonly Origin[], statuses: readonly AppendStatus[]): void => {
    const sums = new Map<string, { stored: number; repeated: number }>();
    origins.forEach((origin, index) => {
      const sum = sums.get(origin) ?? { stored: 0, repeated: 0 };
      if (statuses[index] === 'stored') sum.stored += 1;
      else sum.repeated += 1;
      sums.set(origin, sum);
    });
    for (const [origin, { stored, repeated }] of sums) {
      if (stored > 0) accepted.add(stored, { 'bridge.event.origin': origin });
      if (repeated > 0) duplicate.add(repeated, { 'bridge.event.origin': origin });
    }
  };

  const finishAppend = (events: number, rawRequests: number, startMs: number, error: string | null): void => {
    const endMs = now();
    if (error === null && endMs - startMs < SLOW_APPEND_MS) return;
    const attributes = { 'bridge.events': events, 'bridge.raw_requests': rawRequests };
    finish({ name: 'bridge.append', startMs, endMs, attributes, error });
  };

  return {
    accepted,
    duplicate,
    rejected,
    received,
    deliveryRequests,
    deliveredRecords,
    observeAppend: (append) => (request) => {
      const startMs = now();
      // Of the events no more than that is kept while they wait for the disk.
      const origins = request.events.map(({ origin }) => origin);
      const rawRequests = request.raw?.length ?? 0;
      return append(request).then(
        (statuses) => {
          count(origins, statuses);
          finishAppend(origins.length, rawRequests, startMs, null);
          return statuses;
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          finishAppend(origins.length, rawRequests, startMs, reason);
          throw error;
        },
      );
    },
    reject(amount, source, code) {
      if (amount > 0) rejected.add(amount, { 'bridge.source': source, 'bridge.rejection': code });
    },
    receive({ signal, framework, known, count }) {
      // Senders that nobody knows name themselves.
      if (namedFrameworks.size < MAX_FRAMEWORKS) namedFrameworks.add(framework);
      received.add(count, {
        'bridge.signal': signal,
        'agent.framework': namedFrameworks.has(framework) ? framework : 'other',
        'bridge.sender': known ? 'known' : 'unknown',
      });
    },
    deliver({ target, lane, records, sizeBytes, outcome, reason, startMs, endMs }) {
      const place = { 'bridge.target': target, 'bridge.lane': lane };
      deliveryRequests.add(1, { ...place, 'bridge.outcome': outcome });
      if (outcome === 'accepted') deliveredRecords.add(records, place);
      finish({
        name: 'bridge.deliver',
        startMs,
        endMs,
        attributes: {
          ...place,
          'bridge.records': records,
          'bridge.size': sizeBytes,
          'bridge.outcome': outcome,
        },
        error: reason,
      });
    },
    onWork(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    finish,
  };
}
