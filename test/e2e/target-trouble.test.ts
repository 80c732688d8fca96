import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DELIVERY_TIMINGS } from '../../otel-bridge/delivery/delivery.ts';
import { encodeResponse } from '../../otel-bridge/otlp/codec.ts';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { type ArrivedNumbers, createDeliveryLedger, numbersOf } from '../helpers/delivery-ledger.ts';
import { agentOf, startEventLoad } from '../helpers/event-load.ts';
import { watchMemory } from '../helpers/memory-watch.ts';
import { startOtlpTarget, type TargetAnswer, type TargetRequest } from '../helpers/otlp-target.ts';
import { storedDeadLetters, storedNumbers } from '../helpers/stored-events.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const IS_LONG = process.env.AGENT_MONITOR_TEST_LONG === '1';
/** How long the target is not there at all. */
const AWAY_MS = IS_LONG ? 15 * 60_000 : 45_000;
/** Events a second. */
const RATE = 2000;
const RETRY_AFTER_S = 2;
/** A bridge may hold so much more while a target is away, and while it catches up, than it did before. */
const MAX_GROWTH_MIB = 96;

/** What a lane's target answers, one after the other; `lost`: it takes the request, and the answer is lost. */
const SCRIPT: readonly (TargetAnswer | 'lost' | 'well')[] = [
  ...repeat<'well'>('well', 2),
  ...repeat({ status: 500, body: 'panic' }, 3),
  'well',
  ...repeat({ status: 429, headers: { 'retry-after': String(RETRY_AFTER_S) } }, 2),
  'well',
  'lost',
  'well',
  { status: 503 },
  'reset',
  'reset',
  'well',
  'hang',
  'well',
];

/** Of this many events one has a log record, or a span, that the target refuses for good. */
const POISON_EVERY = 4001;
const isPoison = {
  '/v1/logs': {
    refused: (n: number) => n % POISON_EVERY === 4000,
    partial: (n: number) => n % POISON_EVERY === 2000,
  },
  '/v1/traces': {
    refused: (n: number) => n % POISON_EVERY === 1000,
    partial: (n: number) => n % POISON_EVERY === 3000,
  },
};

function repeat<T>(value: T, times: number): T[] {
  return Array.from({ length: times }, () => value);
}

/** A target in all kinds of trouble, lane by lane, and what it took. */
function troubledTarget() {
  const ledger = createDeliveryLedger('e');
  const places = new Map<string, number>();
  /** Lanes that were told to wait, until when, and that did not. */
  const waitUntilMs = new Map<string, number>();
  const impatient: string[] = [];

  const answer = (request: TargetRequest): TargetAnswer | undefined => {
    const { path, signal, receivedMs } = request;
    if (receivedMs < (waitUntilMs.get(path) ?? 0)) impatient.push(path);
    const place = places.get(path) ?? 0;
    places.set(path, place + 1);
    const said = SCRIPT[place] ?? 'well';
    if (said !== 'well' && said !== 'lost') {
      if (typeof said === 'object' && said.status === 429)
        waitUntilMs.set(path, receivedMs + RETRY_AFTER_S * 1000);
      return said;
    }
    const poison = path === '/v1/logs' || path === '/v1/traces' ? isPoison[path] : null;
    const numbers = poison === null ? [] : numbersOf(request.request, 'e');
    if (numbers.some((n) => poison?.refused(n))) return { status: 400, body: 'entry is bad' };
    const rejected = numbers.filter((n) => poison?.partial(n)).length;
    ledger.take(request.request, poison?.partial);
    if (said === 'lost') return 'reset';
    return rejected === 0
      ? undefined
      : { status: 200, body: encodeResponse(signal, { rejected, message: 'too bad' }, 'protobuf') };
  };
  return {
    ledger,
    impatient,
    answer,
    /** True when every one of these lanes went through all of the script. */
    hasTold: (paths: readonly string[]) => paths.every((path) => (places.get(path) ?? 0) >= SCRIPT.length),
  };
}

/** An agent that exports its own log records, one a request; numbers of the acknowledged ones. */
function startRawLoad({ otlpUrl }: RunningBridge) {
  const acknowledged: number[] = [];
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      const logRecords = [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: `raw-${n}` } }];
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'some-agent' } }] };
      const response = await fetch(`${otlpUrl}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
      });
      await response.arrayBuffer();
      if (response.ok) acknowledged.push(n);
      await delay(100);
    }
  };
  const running = run();
  return {
    acknowledged,
    finish: () => {
      isOver = true;
      return running;
    },
  };
}

/** How many records came after a later one of their stream. A request holds its records by stream: one per agent. */
function overtakings({ order }: ArrivedNumbers, places: ReadonlyMap<number, number>): number {
  const newest = new Map<string, number>();
  let count = 0;
  for (const n of order) {
    const stream = agentOf(n);
    const place = places.get(n) ?? -1;
    if (place < (newest.get(stream) ?? -1)) count += 1;
    newest.set(stream, Math.max(newest.get(stream) ?? -1, place));
  }
  return count;
}

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

it(
  'a target in trouble gets every acknowledged event at least once, in order, and counters that are exact',
  async () => {
    const trouble = troubledTarget();
    const { ledger } = trouble;
    const forgetful: TargetRequest[][] = [];
    const answer = (request: TargetRequest): TargetAnswer | undefined => {
      for (const requests of forgetful) requests.length = 0;
      return trouble.answer(request);
    };
    let target = await startOtlpTarget(answer);
    forgetful.push(target.requests);
    const { port, url } = target;
    await using bridge = await startBridge({
      targets: [
        {
          name: 'store',
          endpoint: url,
          raw_endpoint: `${url}/raw`,
          signals: ['logs', 'metrics', 'traces'],
          headers: {},
        },
      ],
      facts: { settle_ms: 1000, history_after_ms: 86_400_000 },
    });
    using memory = watchMemory(bridge.childPid());
    const startMs = performance.now();
    const load = startEventLoad({ url: bridge.ingestUrl, rate: RATE, senders: 8, batch: 20, name: 'e' });
    const raw = startRawLoad(bridge);
    const lanes = ['/v1/logs', '/v1/traces', '/v1/metrics', '/raw/v1/logs'];
    await waitUntil(() => trouble.hasTold(lanes), Boolean);
    const beforeMib = memory.takePeakMib();
    const troubleMs = performance.now() - startMs;

    await target[Symbol.asyncDispose]();
    await delay(AWAY_MS);
    const reached = load.acknowledged.length / ((performance.now() - startMs) / 1000);
    await Promise.all([load.finish(), raw.finish()]);
    const awayMib = memory.takePeakMib();
    const taken = ledger.logs.order.length;
    target = await startOtlpTarget(answer, { onPort: port });
    await using _target = target;
    forgetful.push(target.requests);
    const backMs = performance.now();
    await waitUntil(
      () => ledger.logs.order.length,
      (count) => count > taken,
      DELIVERY_TIMINGS.maxBackoffMs + 5000,
    );
    const firstMs = performance.now();

    const acknowledged = sorted(load.acknowledged);
    const wanted = (path: keyof typeof isPoison): number[] =>
      acknowledged.filter((n) => !isPoison[path].refused(n) && !isPoison[path].partial(n));
    const wantedLogs = wanted('/v1/logs');
    const wantedSpans = wanted('/v1/traces');
    const sums = load.sums();
    await waitUntil(
      () => [
        wantedLogs.length - ledger.logs.order.length,
        wantedSpans.length - ledger.spans.order.length,
        raw.acknowledged.length - ledger.raw.order.length,
        sums.tokens - ledger.total('agent.token.usage'),
      ],
      (missing) => missing.every((count) => count === 0),
      // Room for a busy machine: how fast it drains is measured by the benchmark.
      AWAY_MS + 300_000,
    );
    const drainMs = performance.now() - firstMs;
    const drainMib = memory.takePeakMib();
    process.stdout.write(
      `target in trouble for ${(troubleMs / 1000).toFixed(0)} s and away for ${AWAY_MS / 1000} s at ${reached.toFixed(0)} events/s: ` +
        `heard of it again after ${((firstMs - backMs) / 1000).toFixed(1)} s, drained in ${(drainMs / 1000).toFixed(1)} s; ` +
        `resident ${beforeMib.toFixed(0)} MiB before, ${awayMib.toFixed(0)} while away, ${drainMib.toFixed(0)} while draining\n`,
    );

    const stored = storedNumbers(bridge.config.journal_path, 'e');
    expect(sorted(stored)).toEqual(acknowledged);
    expect(sorted(ledger.logs.order)).toEqual(wantedLogs);
    expect(sorted(ledger.spans.order)).toEqual(wantedSpans);
    expect(ledger.raw.order).toEqual(raw.acknowledged);
    const places = new Map(stored.map((n, place) => [n, place]));
    expect(overtakings(ledger.logs, places)).toBe(0);
    expect(trouble.impatient).toEqual([]);

    await waitUntil(
      () => ledger.total('agent.run.count'),
      (count) => count === sums.runs,
    );
    expect(ledger.total('agent.token.usage')).toBe(sums.tokens);
    expect(ledger.total('agent.run.count')).toBe(sums.runs);
    expect(ledger.total('agent.run.duration')).toBe(sums.runs);
    expect(ledger.total('agent.tool.call.count')).toBe(sums.toolCalls);
    expect(ledger.total('agent.session.count')).toBe(load.sessions);
    expect(ledger.faults).toEqual([]);

    const poisoned = (path: keyof typeof isPoison): number[] =>
      acknowledged.filter((n) => isPoison[path].refused(n) || isPoison[path].partial(n));
    const bad = { logs: poisoned('/v1/logs'), traces: poisoned('/v1/traces') };
    // What came beside a bad record may be there before that one is alone.
    const letters = await waitUntil(
      () => storedDeadLetters(bridge.config.journal_path),
      (found) => found.length >= bad.logs.length + bad.traces.length,
    );
    const setAside = (lane: string): number[] =>
      sorted(letters.filter((letter) => letter.lane === lane).map(({ record }) => letterNumber(record)));
    expect({ logs: setAside('logs'), traces: setAside('traces') }).toEqual(bad);
    expect(letters.length).toBe(bad.logs.length + bad.traces.length);
    expect(new Set(letters.map(({ reason }) => reason))).toEqual(
      new Set(['400 entry is bad', 'partial success: 1 rejected: too bad']),
    );

    expect(Math.max(awayMib, drainMib)).toBeLessThan(beforeMib + MAX_GROWTH_MIB);
  },
  AWAY_MS * 2 + 600_000,
);

/** Number of the event that a dead letter's record tells of. */
function letterNumber(record: string): number {
  return Number(/"e(?:-run)?-(\d+)"/.exec(record)?.[1]);
}
