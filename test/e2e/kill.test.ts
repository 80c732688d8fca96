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
const ROUNDS = IS_LONG ? 1000 : 20;
const SUPERVISOR = join(import.meta.dirname, '../helpers/quick-supervisor.ts');
/** From the kill to the first acknowledgement. */
const BACK_WITHIN_MS = 5000;

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
    20_000,
  );
  const before = acknowledged();
  await waitUntil(acknowledged, (count) => count > before, 20_000);
  return performance.now() - killedMs;
}

it(
  `killed ${ROUNDS} times under load, the bridge keeps each acknowledged event once and its counters exact`,
  async () => {
    const ledger = createDeliveryLedger('e');
    const calls = new Map<string, number>();
    await using target = await startOtlpTarget(({ path, request }) => {
      if (path.startsWith('/raw')) return undefined;
      ledger.take(request);
      for (const id of requestIdsOf(request)) calls.set(id, (calls.get(id) ?? 0) + 1);
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
    const events = startEventLoad({ url: bridge.ingestUrl, rate: 600, senders: 16, batch: 3, name: 'e' });
    const logs = startClaudeLogLoad({ url: bridge.otlpUrl, name: 'c', requestsPerSecond: 50 });
    const acknowledged = (): number => events.acknowledged.length + logs.acknowledged.length;
    const random = createRandom(1);
    const backMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await delay(random() * 1500);
      backMs.push(await killAndWait(bridge, acknowledged));
    }
    await Promise.all([events.finish(), logs.finish()]);
    expect(events.acknowledged.length).toBeGreaterThan(ROUNDS * 50);
    backMs.sort((a, b) => a - b);
    expect(backMs[Math.floor(backMs.length / 2)]).toBeLessThan(BACK_WITHIN_MS);

    const stored = storedNumbers(path, 'e').sort((a, b) => a - b);
    expect(stored).toEqual([...events.acknowledged].sort((a, b) => a - b));
    const { rows, distinct } = requests(path);
    expect({ rows, distinct }).toEqual({
      rows: logs.acknowledged.length,
      distinct: logs.acknowledged.length,
    });

    const { tokens, runs, toolCalls } = events.sums();
    await waitUntil(
      () => ({
        runs: counter(path, 'agent.run.count'),
        toolCalls: counter(path, 'agent.tool.call.count'),
        calls: counter(path, 'agent.api.request.count'),
        tokens: counter(path, 'agent.token.usage'),
        cost: counter(path, 'agent.cost.usage'),
      }),
      (sums) =>
        JSON.stringify(sums) ===
        JSON.stringify({
          runs,
          toolCalls,
          calls: logs.acknowledged.length,
          tokens: tokens + logs.tokens(),
          cost: logs.acknowledged.length * 1e9,
        }),
      30_000,
    );
    const wanted = {
      logs: events.acknowledged.length,
      calls: logs.acknowledged.length,
      tokens: tokens + logs.tokens(),
    };
    await waitUntil(
      () => ({
        logs: ledger.logs.times.size,
        calls: calls.size,
        tokens: ledger.total('agent.token.usage'),
      }),
      (delivered) => JSON.stringify(delivered) === JSON.stringify(wanted),
      60_000,
    );
    expect(ledger.faults).toEqual([]);
  },
  IS_LONG ? 5_400_000 : 240_000,
);

/** Ids of the model calls that log records of ours tell of. */
function requestIdsOf(request: object): string[] {
  if (!('resourceLogs' in request)) return [];
  const text = JSON.stringify(request);
  return [...text.matchAll(/"key":"request_id","value":\{"stringValue":"([^"]+)"/g)].map(([, id = '']) => id);
}
