import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { startClaudeLogLoad } from '../helpers/claude-log-load.ts';
import { createDeliveryLedger } from '../helpers/delivery-ledger.ts';
import { startEventLoad } from '../helpers/event-load.ts';
import { startOtlpTarget } from '../helpers/otlp-target.ts';
import { createRandom } from '../helpers/seeded-random.ts';
import { storedNumbers } from '../helpers/stored-events.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const IS_LONG = process.env.AGENT_MONITOR_TEST_LONG === '1';
const ROUNDS = IS_LONG ? 1000 : 60;
/** The longest that it is left alone between two kills. */
const PAUSE_MS = 700;
const SUPERVISOR = join(import.meta.dirname, '../helpers/quick-supervisor.ts');
/** How long a bridge may take to come back on a busy machine. */
const RESTART_MS = 60_000;
/** From the kill to the first acknowledgement, half of the times; on a busy machine. */
const BACK_WITHIN_MS = 15_000;

/** Sum of a counter over all of its series, as the journal holds it. */
function counter(path: string, metric: string, where = ''): number {
  using reader = new DatabaseSync(path, { readOnly: true });
  const row = reader.prepare(`SELECT sum(value) AS sum FROM series WHERE metric = ? ${where}`).get(metric);
  return Number(row?.sum ?? 0);
}

/** How many events of a type the journal has, and how many different ones. */
function requests(path: string): { rows: number; distinct: number } {
  using reader = new DatabaseSync(path, { readOnly: true });
  const row = reader
    .prepare(
      `SELECT count(*) AS "rows", count(DISTINCT json_extract(body, '$.payload.request_id')) AS "distinct"
       FROM events WHERE type = 'api.request'`,
    )
    .get();
  return { rows: Number(row?.rows), distinct: Number(row?.distinct) };
}

async function killAndWait(bridge: RunningBridge, acknowledged: () => number): Promise<number> {
  const pid = bridge.childPid();
  process.kill(pid, 'SIGKILL');
  const killedMs = performance.now();
  await waitUntil(
    () => bridge.childPid(),
    (present) => present !== pid,
    RESTART_MS,
  );
  const before = acknowledged();
  await waitUntil(acknowledged, (count) => count > before, RESTART_MS);
  return performance.now() - killedMs;
}

it(
  `killed ${ROUNDS} times under load over all transports, the bridge keeps each acknowledged event once and its counters exact`,
  async () => {
    const ledger = createDeliveryLedger('e');
    const socketLedger = createDeliveryLedger('w');
    const arrivedCalls = new Set<string>();
    await using target = await startOtlpTarget(({ path, request }) => {
      if (path.startsWith('/raw')) return undefined;
      ledger.take(request);
      socketLedger.take(request);
      for (const id of requestIdsOf(request)) arrivedCalls.add(id);
      target.requests.length = 0;
      return undefined;
    });
    await using bridge = await startBridge(
      {
        targets: [
          {
            name: 'sink',
            endpoint: target.url,
            raw_endpoint: `${target.url}/raw`,
            signals: ['logs', 'metrics', 'traces'],
            headers: {},
          },
        ],
        facts: { settle_ms: 300, history_after_ms: 86_400_000 },
      },
      SUPERVISOR,
    );
    const { journal_path: path } = bridge.config;
    const events = [
      startEventLoad({ url: bridge.ingestUrl, rate: 300, senders: 8, batch: 3, name: 'e' }),
      startEventLoad({
        url: bridge.ingestUrl,
        rate: 300,
        senders: 8,
        batch: 3,
        name: 'w',
        transport: 'websocket',
      }),
    ];
    const { otlp_grpc: grpcPort } = bridge.config.ports;
    const calls = [
      startClaudeLogLoad({ url: bridge.otlpUrl, name: 'c', requestsPerSecond: 25 }),
      startClaudeLogLoad({ url: bridge.otlpUrl, grpcPort, name: 'g', requestsPerSecond: 25 }),
    ];
    const all = [...events, ...calls];
    const acknowledged = (): number => all.reduce((sum, { acknowledged: { length } }) => sum + length, 0);
    const random = createRandom(1);
    const backMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await delay(random() * PAUSE_MS);
      backMs.push(await killAndWait(bridge, acknowledged));
    }
    await Promise.all(all.map((load) => load.finish()));
    for (const load of all) expect(load.acknowledged.length).toBeGreaterThan(ROUNDS * 5);
    backMs.sort((a, b) => a - b);
    expect(backMs[Math.floor(backMs.length / 2)]).toBeLessThan(BACK_WITHIN_MS);

    for (const [index, name] of ['e', 'w'].entries()) {
      const stored = storedNumbers(path, name).sort((a, b) => a - b);
      expect(stored).toEqual([...(events[index]?.acknowledged ?? [])].sort((a, b) => a - b));
    }
    const callCount = calls.reduce((sum, load) => sum + load.acknowledged.length, 0);
    expect(requests(path)).toEqual({ rows: callCount, distinct: callCount });

    const sums = events.map((load) => load.sums());
    const sum = (read: (one: (typeof sums)[number]) => number): number =>
      sums.reduce((total, one) => total + read(one), 0);
    const tokens = sum((one) => one.tokens) + calls.reduce((total, load) => total + load.tokens(), 0);
    const truth = JSON.stringify({
      runs: sum((one) => one.runs),
      toolCalls: sum((one) => one.toolCalls),
      calls: callCount,
      tokens,
      cost: callCount * 1e9,
    });
    await waitUntil(
      () =>
        JSON.stringify({
          runs: counter(path, 'agent.run.count'),
          toolCalls: counter(path, 'agent.tool.call.count'),
          calls: counter(path, 'agent.api.request.count'),
          tokens: counter(path, 'agent.token.usage'),
          cost: counter(path, 'agent.cost.usage'),
        }),
      (counted) => counted === truth,
    );
    const wanted = JSON.stringify({
      logs: events[0]?.acknowledged.length,
      socketLogs: events[1]?.acknowledged.length,
      calls: callCount,
      tokens,
    });
    await waitUntil(
      () =>
        JSON.stringify({
          logs: ledger.logs.times.size,
          socketLogs: socketLedger.logs.times.size,
          calls: arrivedCalls.size,
          tokens: ledger.total('agent.token.usage'),
        }),
      (delivered) => delivered === wanted,
    );
    expect([...ledger.faults, ...socketLedger.faults]).toEqual([]);
  },
  IS_LONG ? 5_400_000 : 600_000,
);

/** Ids of the model calls that log records of ours tell of. */
function requestIdsOf(request: object): string[] {
  if (!('resourceLogs' in request)) return [];
  const text = JSON.stringify(request);
  return [...text.matchAll(/"key":"request_id","value":\{"stringValue":"([^"]+)"/g)].map(([, id = '']) => id);
}
