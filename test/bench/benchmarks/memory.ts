import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { sampleMemory } from '../measure/sample-memory.ts';
import { envelopeBatches } from '../payload/envelopes.ts';
import { startMeasuredBridge } from '../subject/bridge.ts';
import { sendToBridge } from '../subject/bridge-window.ts';

const EVENTS_PER_SECOND = 10_000;
const PER_REQUEST = 10;

/** Memory that supervisor and bridge take together. */
export const memory: Benchmark = {
  name: 'memory',
  async run(context) {
    const { settings, folder, program, load } = context;
    const template = writeTemplate(folder, 'memory', envelopeBatches(PER_REQUEST));
    await using sink = await load.startSink();
    await using bridge = await startMeasuredBridge({ folder, program: program.bridge, sinkUrl: sink.url });
    const pids = Object.values(bridge.pids);
    await delay(settings.warmupSeconds * 1000);
    const idle = await sampleMemory(pids, delay(settings.seconds * 1000));
    const busy = await sampleMemory(
      pids,
      sendToBridge(context, bridge, {
        template,
        to: 'ingest',
        connections: 64,
        stores: 'ids',
        rate: EVENTS_PER_SECOND / PER_REQUEST,
      }),
    );
    const bound = { of: 'value', better: 'lower' } as const;
    const { itemsPerSecond, projected } = busy.result;
    return [
      {
        what: 'resident memory, idle',
        value: idle.totalMib,
        unit: ' MiB',
        bound: { ...bound, atLeast: 120 },
        note: `supervisor and bridge, shared pages once; the bridge alone ${Math.round(idle.largestRssMib)} MiB RSS`,
      },
      {
        what: 'resident memory at 10,000 events/s',
        value: busy.totalMib,
        unit: ' MiB',
        bound: { ...bound, atLeast: 200 },
        note: `${Math.round(itemsPerSecond)} events/s came, ${PER_REQUEST} per POST, ${Math.round(projected * 100)} % projected at the end; the bridge alone up to ${Math.round(busy.largestRssMib)} MiB RSS`,
      },
    ];
  },
};
