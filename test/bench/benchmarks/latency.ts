import type { Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { singleEnvelopes } from '../payload/envelopes.ts';
import { measureFdatasync, REFERENCES } from '../references/windows.ts';
import { measureBridge } from '../subject/bridge-window.ts';

const CONNECTIONS = 64;

/** How long senders wait when half of what is possible comes, at a rate that does not heed how long they wait. */
export const latency: Benchmark = {
  name: 'latency',
  async run(context) {
    const template = writeTemplate(context.folder, 'latency', singleEnvelopes());
    const window = { template, to: 'ingest', connections: CONNECTIONS, stores: 'ids' } as const;
    const peak = await measureBridge(context, window);
    const rate = peak.requestsPerSecond / 2;
    const medians: number[] = [];
    const pairs = await measurePairs({
      pairs: context.settings.pairs,
      subject: async () => {
        const { latencyMs } = await measureBridge(context, { ...window, rate });
        medians.push(latencyMs.p50);
        return latencyMs.p99;
      },
      reference: async () => (await measureFdatasync(context)).p99,
    });
    return [
      {
        what: 'p99 acknowledgement at half of the own peak',
        value: pairs.subject,
        unit: ' ms',
        reference: { name: `${REFERENCES.fdatasync}, p99`, value: pairs.reference },
        ratio: pairs.ratio,
        bound: { of: 'ratio', better: 'lower', atLeast: 4, aim: 2 },
        note: `${Math.round(rate)} events/s, 1 per POST; p50 ${Math.min(...medians).toFixed(2)} to ${Math.max(...medians).toFixed(2)} ms`,
      },
    ];
  },
};
