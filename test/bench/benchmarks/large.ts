import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext, Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { sampleMemory } from '../measure/sample-memory.ts';
import { spreadOf } from '../measure/statistics.ts';
import { envelopeBatches } from '../payload/envelopes.ts';
import { startMeasuredBridge } from '../subject/bridge.ts';
import { drainInto } from '../subject/drain.ts';
import { assertEventCount, waitUntilProjected } from '../subject/journal-state.ts';

const STARTS = 3;
/** After a start the bridge looks at what is due; its memory is compared with what it has then. */
const QUIET_MS = 5000;

/** A journal of many events that no back end has got yet: starting with it, and sending it. */
export const large: Benchmark = {
  name: 'large',
  async run(context) {
    const { folder, program, load, settings } = context;
    const journalPath = join(folder, 'large', 'journal.db');
    const common = { folder, program: program.bridge, journalPath, settleMs: 1000 };
    await using sink = await load.startSink();
    await sink.answer(503);
    const events = await fill(context, { ...common, sinkUrl: sink.url });

    const readyMs: number[] = [];
    for (let start = 0; start < STARTS; start++) {
      await using bridge = await startMeasuredBridge({ ...common, sinkUrl: sink.url });
      readyMs.push(bridge.readyMs / 1000);
      await bridge.stop();
    }

    await using bridge = await startMeasuredBridge({ ...common, sinkUrl: sink.url });
    const pids = Object.values(bridge.pids);
    const before = await sampleMemory(pids, delay(QUIET_MS));
    const during = await sampleMemory(pids, drainInto(sink, events));
    const added = (part: 'min' | 'median' | 'max'): number => during.totalMib[part] - before.totalMib.median;
    const name = `${settings.events.toLocaleString('en-US')} events`;
    const bound = { of: 'value', better: 'lower' } as const;
    return [
      {
        what: `start to ready with ${name}`,
        value: spreadOf(readyMs),
        unit: ' s',
        bound: { ...bound, atLeast: 5, aim: 1 },
      },
      {
        what: `memory added by a drain of ${name}`,
        value: spreadOf([added('max')]),
        unit: ' MiB',
        bound: { ...bound, atLeast: 64 },
        note: `at most; before it ${Math.round(before.totalMib.median)} MiB, drained at ${Math.round(during.result.drainedPerSecond)} events/s`,
      },
    ];
  },
};

/** Fills the journal, with everything projected. Answers how many events it holds. */
async function fill(
  { load, folder, settings, progress }: BenchContext,
  options: Parameters<typeof startMeasuredBridge>[0],
): Promise<number> {
  await using bridge = await startMeasuredBridge(options);
  const { distinctItems } = await load.send({
    url: `${bridge.ingestUrl}/v1/events`,
    template: writeTemplate(folder, 'large', envelopeBatches(100)),
    connections: 8,
    warmupSeconds: 0,
    seconds: 0,
    duplicates: 0,
    items: settings.events,
  });
  progress(`${distinctItems} events are in, waiting for the projections`);
  await waitUntilProjected(bridge.journalPath);
  assertEventCount(bridge.journalPath, distinctItems);
  await bridge.stop();
  return distinctItems;
}
