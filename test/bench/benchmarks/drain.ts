import type { BenchContext, Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { spreadOf } from '../measure/statistics.ts';
import { singleEnvelopes } from '../payload/envelopes.ts';
import { startMeasuredBridge } from '../subject/bridge.ts';
import { sendToBridge } from '../subject/bridge-window.ts';
import { drainInto } from '../subject/drain.ts';
import { waitUntilProjected } from '../subject/journal-state.ts';

/** How fast what waited for a back end leaves, once that is there again. */
export const drain: Benchmark = {
  name: 'drain',
  async run(context) {
    const template = writeTemplate(context.folder, 'drain', singleEnvelopes());
    const held: number[] = [];
    const drained: number[] = [];
    let waitedSeconds = 0;
    for (let round = 0; round < context.settings.pairs; round++) {
      const result = await outage(context, template);
      held.push(result.heldPerSecond);
      drained.push(result.drainedPerSecond);
      waitedSeconds = Math.max(waitedSeconds, result.waitedSeconds);
    }
    return [
      {
        what: 'drain after an outage, events/s',
        value: spreadOf(drained),
        unit: '/s',
        reference: { name: 'ingest held before it, 1 per POST, as fast as it goes', value: spreadOf(held) },
        ratio: spreadOf(drained.map((value, index) => value / (held[index] ?? Number.NaN))),
        bound: { of: 'ratio', better: 'higher', atLeast: 2, aim: 5 },
        note: `from the first request that the back end took again; before that up to ${Math.round(waitedSeconds)} s passed until it was tried`,
      },
    ];
  },
};

async function outage(context: BenchContext, template: string) {
  const { folder, program, load } = context;
  await using sink = await load.startSink();
  await sink.answer(503);
  await using bridge = await startMeasuredBridge({ folder, program: program.bridge, sinkUrl: sink.url });
  const window = { template, to: 'ingest', connections: 64, stores: 'ids' } as const;
  const { itemsPerSecond, distinctItems } = await sendToBridge(context, bridge, window);
  await waitUntilProjected(bridge.journalPath);
  return { heldPerSecond: itemsPerSecond, ...(await drainInto(sink, distinctItems)) };
}
