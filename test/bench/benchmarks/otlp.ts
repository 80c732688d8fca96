import type { BenchContext, Benchmark, Row, Skipped } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { spreadOf } from '../measure/statistics.ts';
import { logRecords } from '../payload/log-records.ts';
import { missingCollector } from '../references/collector.ts';
import { measureCollector, measureSqliteLoop, REFERENCES } from '../references/windows.ts';
import { measureBridge } from '../subject/bridge-window.ts';

const PER_REQUEST = 512;
const CONNECTIONS = 8;

/** Large export requests of an agent that the bridge knows (an event for each record), and of one that it does not. */
export const otlp: Benchmark = {
  name: 'otlp',
  async run(context) {
    const known = await recordsOf(context, 'claude-code', 'items');
    const unknown = await recordsOf(context, 'some-agent', 'nothing');
    return [known, unknown, await collectorBeside(context)];
  },
};

async function recordsOf(context: BenchContext, service: string, stores: 'items' | 'nothing'): Promise<Row> {
  const template = writeTemplate(context.folder, service, logRecords({ perRequest: PER_REQUEST, service }));
  let projected = 0;
  const pairs = await measurePairs({
    pairs: context.settings.pairs,
    subject: async () => {
      const result = await measureBridge(context, { template, to: 'otlp', connections: CONNECTIONS, stores });
      projected = result.projected;
      return result.itemsPerSecond;
    },
    reference: () => measureSqliteLoop(context),
  });
  const common = {
    value: pairs.subject,
    unit: '/s',
    reference: { name: REFERENCES.sqliteLoop, value: pairs.reference },
    ratio: pairs.ratio,
  };
  return stores === 'items'
    ? {
        ...common,
        what: 'OTLP log records/s, 512 per request, 8 connections, an event each',
        bound: { of: 'ratio', better: 'higher', atLeast: 0.4, aim: 0.7 },
        note: `decoded, redacted, deduplicated, durable; ${Math.round(projected * 100)} % projected when the load ended`,
      }
    : {
        ...common,
        what: 'the same of an agent that is not known: redacted and kept whole',
      };
}

async function collectorBeside(context: BenchContext): Promise<Row | Skipped> {
  const what = 'the same by the Collector, keeping whole requests';
  const missing = missingCollector();
  if (missing !== null) return { what, skipped: missing };
  const template = writeTemplate(
    context.folder,
    'collector',
    logRecords({ perRequest: PER_REQUEST, service: 'claude-code' }),
  );
  const { items, seconds } = await measureCollector(context, template, CONNECTIONS);
  return { what, value: spreadOf([items / seconds]), unit: '/s', note: REFERENCES.collector };
}
