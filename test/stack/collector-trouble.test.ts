import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DELIVERY_TIMINGS } from '../../otel-bridge/delivery/delivery.ts';
import { startBridge } from '../helpers/bridge.ts';
import { startCollector } from '../helpers/collector.ts';
import { createDeliveryLedger } from '../helpers/delivery-ledger.ts';
import { missingEngines } from '../helpers/engines.ts';
import { startEventLoad } from '../helpers/event-load.ts';
import { startOtlpTarget } from '../helpers/otlp-target.ts';
import { storedNumbers } from '../helpers/stored-events.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** What came in while the Collector was away is delivered by then, on a busy machine too. */
const CATCH_UP_MS = 240_000;
const ROUNDS = process.env.AGENT_MONITOR_TEST_LONG === '1' ? 100 : 5;
const missing = missingEngines('otelcol-contrib');

it.skipIf(missing !== null)(
  'the real Collector may be killed, stopped and away, and its store may refuse: the store gets everything, counters exact',
  async () => {
    const ledger = createDeliveryLedger('e');
    let status = 200;
    await using store = await startOtlpTarget(({ request }) => {
      store.requests.length = 0;
      if (status !== 200) return { status };
      ledger.take(request);
      return undefined;
    });
    await using collector = await startCollector(store.url);
    await using bridge = await startBridge({
      targets: [
        {
          name: 'collector',
          endpoint: collector.url,
          raw_endpoint: collector.rawUrl,
          signals: ['logs', 'metrics', 'traces'],
          headers: {},
        },
      ],
      facts: { settle_ms: 1000, history_after_ms: 86_400_000 },
    });
    const load = startEventLoad({ url: bridge.ingestUrl, rate: 2000, senders: 4, batch: 20, name: 'e' });
    for (let round = 0; round < ROUNDS; round += 1) {
      await delay(1500);
      await collector.kill();
      await delay(round * 700);
      await collector.start();
      await delay(1500);
      status = round % 2 === 0 ? 503 : 500;
      await delay(1500);
      status = 200;
    }
    collector.pause();
    await delay(DELIVERY_TIMINGS.requestTimeoutMs + 2000);
    collector.resume();
    await load.finish();

    const sums = load.sums();
    const acknowledged = load.acknowledged.toSorted((a, b) => a - b);
    await waitUntil(
      () => [
        acknowledged.length - ledger.logs.order.length,
        acknowledged.length - ledger.spans.order.length,
        sums.tokens - ledger.total('agent.token.usage'),
        sums.runs - ledger.total('agent.run.count'),
        sums.toolCalls - ledger.total('agent.tool.call.count'),
      ],
      (left) => left.every((count) => count === 0),
      CATCH_UP_MS,
    );
    expect(storedNumbers(bridge.config.journal_path, 'e').toSorted((a, b) => a - b)).toEqual(acknowledged);
    expect(ledger.logs.order.toSorted((a, b) => a - b)).toEqual(acknowledged);
    expect(ledger.faults).toEqual([]);
  },
  120_000 + CATCH_UP_MS + ROUNDS * 10_000,
);
