import type { Benchmark } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { claudeCodeLogs } from '../payload/claude-code.ts';
import { envelopeBatches } from '../payload/envelopes.ts';
import { measureBridge } from '../subject/bridge-window.ts';

const PER_REQUEST = 512;
const CONNECTIONS = 8;

/** What a real agent's records cost beside plain events: recorded log records of Claude Code, all adapters on. */
export const native: Benchmark = {
  name: 'native',
  async run(context) {
    const records = writeTemplate(context.folder, 'native', claudeCodeLogs(PER_REQUEST));
    const events = writeTemplate(context.folder, 'native-events', envelopeBatches(100));
    let projected = 0;
    const pairs = await measurePairs({
      pairs: context.settings.pairs,
      subject: async () => {
        const window = { template: records, to: 'otlp', connections: CONNECTIONS, stores: 'items' } as const;
        const result = await measureBridge(context, window);
        projected = result.projected;
        return result.itemsPerSecond;
      },
      reference: async () => {
        const window = { template: events, to: 'ingest', connections: CONNECTIONS, stores: 'ids' } as const;
        return (await measureBridge(context, window)).itemsPerSecond;
      },
    });
    return [
      {
        what: `log records/s of a real Claude Code, ${PER_REQUEST} per request, ${CONNECTIONS} connections`,
        value: pairs.subject,
        unit: '/s',
        reference: { name: 'plain events, 100 per POST', value: pairs.reference },
        ratio: pairs.ratio,
        bound: { of: 'value', better: 'higher', atLeast: 20_000 },
        note: `${Math.round(projected * 100)} % projected when the load ended`,
      },
    ];
  },
};
