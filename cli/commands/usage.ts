import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { pricesSchema, usageSchema } from '../bridge-api/usage.ts';
import type { Command } from '../command.ts';
import { formatCount } from '../output/format-count.ts';
import { renderUsage } from '../output/render-usage.ts';

const optionsSchema = z.object({ by: z.string(), since: z.string() });

/** `monitor usage`: tokens and cost. */
export const command: Command = {
  name: 'usage',
  summary: 'tokens and cost by day, model, project, agent, tool and more',
  examples: [
    'monitor usage',
    'monitor usage --by model --since 7d',
    'monitor usage --by skill,subagent',
    'monitor usage --by project,month --since 2026-01-01 --json',
  ],
  declare(commander) {
    commander
      .option(
        '--by <what>',
        'day, week, month, model, project, agent, framework, tool, session, task, repository, branch, host, query_source, subagent, skill, plugin, mcp_server, mcp_tool, effort, speed, provider; several joined by commas',
        'day',
      )
      .option('--since <when>', '12h, 30d, 4w, 2026-11-01 or a time with its zone', '30d');
  },
  async run({ options }, context) {
    const { by, since } = optionsSchema.parse(options);
    const dimensions = by.split(',').map((word) => word.trim());
    const bridge = await connectToBridge(context);
    const usage = await bridge.get(
      'Cannot read usage',
      '/v1/usage',
      { by: dimensions.join(','), since },
      usageSchema,
    );
    const { unpriced_requests: unpriced, ...total } = usage.total;
    if (unpriced > 0) {
      const prices = await bridge.get('Cannot read prices', '/v1/prices', { since }, pricesSchema);
      const models = prices.unpriced.map(({ model }) => `"${model ?? 'unknown'}"`).join(', ');
      context.output.warn(
        `the cost of ${formatCount(unpriced)} requests is missing: no price is known for ${models}. Add it to "prices:" in settings.yaml`,
      );
    }
    if (usage.flat_rate.length > 0) {
      context.output.warn(
        `${usage.flat_rate.join(', ')} ${usage.flat_rate.length === 1 ? 'is' : 'are'} paid for at a flat rate: that cost is API-equivalent, what the calls would cost one by one`,
      );
    }
    return {
      data: { rows: usage.rows, total, flat_rate: usage.flat_rate },
      text: usage.rows.length === 0 ? 'Nothing was used in that time.' : renderUsage(usage, dimensions),
    };
  },
};
