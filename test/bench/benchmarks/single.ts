import type { BenchContext, Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { singleEnvelopes } from '../payload/envelopes.ts';
import { measureBareHttp, REFERENCES } from '../references/windows.ts';
import { measureBridge } from '../subject/bridge-window.ts';

const CONNECTIONS = 64;

/** How hooks of many agents send: one event a request. */
export const single: Benchmark = {
  name: 'single',
  async run(context) {
    const template = writeTemplate(context.folder, 'single', singleEnvelopes());
    let projected = 0;
    const generatorPerSecond = await measureGenerator(context, template);
    const pairs = await measurePairs({
      pairs: context.settings.pairs,
      subject: async () => {
        const result = await measureBridge(context, {
          template,
          to: 'ingest',
          connections: CONNECTIONS,
          stores: 'ids',
        });
        projected = result.projected;
        return result.itemsPerSecond;
      },
      reference: async () => {
        const result = await measureBareHttp(context, template, CONNECTIONS);
        return result.items / result.seconds;
      },
    });
    return [
      {
        what: 'durable acknowledged events/s, 1 per POST, 64 connections',
        value: pairs.subject,
        unit: '/s',
        reference: { name: REFERENCES.bareHttp, value: pairs.reference },
        ratio: pairs.ratio,
        bound: { of: 'ratio', better: 'higher', atLeast: 0.5, aim: 0.75 },
        note: `${percent(projected)} projected when the load ended; the generator could send ${(generatorPerSecond / pairs.reference.median).toFixed(1)}x of the reference with a core of its own`,
      },
    ];
  },
};

/** Requests that the generator could send with a core of its own, to a server that does nothing. */
async function measureGenerator({ load, settings }: BenchContext, template: string): Promise<number> {
  await using discard = await load.startDiscard();
  const { distinctRequests, cpuSeconds } = await load.send({
    url: `${discard.url}/v1/events`,
    template,
    connections: CONNECTIONS,
    warmupSeconds: 0,
    seconds: settings.warmupSeconds,
    duplicates: 0,
  });
  return distinctRequests / cpuSeconds;
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
