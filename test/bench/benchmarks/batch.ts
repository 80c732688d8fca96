import type { Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { envelopeBatches } from '../payload/envelopes.ts';
import { measureSqliteLoop, REFERENCES } from '../references/windows.ts';
import { measureBridge } from '../subject/bridge-window.ts';

/** How the host part sends: a hundred events a request, with random ids. */
export const batch: Benchmark = {
  name: 'batch',
  async run(context) {
    const template = writeTemplate(context.folder, 'batch', envelopeBatches(100));
    let projected = 0;
    const pairs = await measurePairs({
      pairs: context.settings.pairs,
      subject: async () => {
        const result = await measureBridge(context, {
          template,
          to: 'ingest',
          connections: 8,
          stores: 'ids',
        });
        projected = result.projected;
        return result.itemsPerSecond;
      },
      reference: () => measureSqliteLoop(context),
    });
    return [
      {
        what: 'durable events/s, 100 per POST, random ids, 8 connections',
        value: pairs.subject,
        unit: '/s',
        reference: { name: REFERENCES.sqliteLoop, value: pairs.reference },
        ratio: pairs.ratio,
        bound: { of: 'ratio', better: 'higher', atLeast: 0.6, aim: 0.9 },
        note: `${Math.round(projected * 100)} % projected when the load ended`,
      },
    ];
  },
};
