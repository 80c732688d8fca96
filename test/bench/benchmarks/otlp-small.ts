import type { BenchContext, Benchmark, Row, Skipped } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { logRecords } from '../payload/log-records.ts';
import { missingCollector } from '../references/collector.ts';
import { measureCollector, REFERENCES } from '../references/windows.ts';
import { measureBridge } from '../subject/bridge-window.ts';

const CONNECTIONS = 64;

/** How agents send: few records a request, from many at once. */
export const otlpSmall: Benchmark = {
  name: 'otlp-small',
  async run(context) {
    return [await requestsOf(context, 1), await requestsOf(context, 5)];
  },
};

async function requestsOf(context: BenchContext, perRequest: number): Promise<Row | Skipped> {
  const what = `OTLP requests/s of ${perRequest} record${perRequest === 1 ? '' : 's'}, 64 connections`;
  const missing = missingCollector();
  if (missing !== null) return { what, skipped: missing };
  const records = logRecords({ perRequest, service: 'claude-code' });
  const template = writeTemplate(context.folder, `small-${perRequest}`, records);
  const pairs = await measurePairs({
    pairs: context.settings.pairs,
    subject: async () =>
      (await measureBridge(context, { template, to: 'otlp', connections: CONNECTIONS, stores: 'items' }))
        .requestsPerSecond,
    reference: async () => {
      const { requests, seconds } = await measureCollector(context, template, CONNECTIONS);
      return requests / seconds;
    },
  });
  return {
    what,
    value: pairs.subject,
    unit: '/s',
    reference: { name: REFERENCES.collector, value: pairs.reference },
    ratio: pairs.ratio,
    bound: { of: 'ratio', better: 'higher', atLeast: 4, aim: 6 },
  };
}
