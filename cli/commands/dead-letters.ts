import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import { deadLettersSchema, retriedSchema } from '../bridge-api/dead-letters.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { formatCount } from '../output/format-count.ts';
import { formatSize } from '../output/format-size.ts';
import { renderTable } from '../output/render-table.ts';

const listOptionsSchema = z.object({ limit: z.string() });

const list: Command = {
  name: 'list',
  summary: 'records that a store refused for good, and why',
  examples: ['monitor dead-letters list', 'monitor dead-letters list --limit 500 --json'],
  declare(commander) {
    commander.option('--limit <n>', 'how many, the newest first', '50');
  },
  async run({ options }, context) {
    const { limit } = listOptionsSchema.parse(options);
    const bridge = await connectToBridge(context);
    const data = await bridge.get(
      'Cannot list dead letters',
      '/v1/dead-letters',
      { limit },
      deadLettersSchema,
    );
    const { dead_letters: letters, total } = data;
    if (total === 0) return { data, text: 'There are no dead letters: every store took everything.' };
    const table = renderTable(
      ['ID', 'SINCE', 'STORE', 'SIGNAL', 'SIZE', 'REASON'].map((title) => ({ title })),
      letters.map(({ id, failed_at, target, lane, size_bytes, reason }) => [
        String(id),
        failed_at,
        target,
        lane,
        formatSize(size_bytes),
        reason,
      ]),
    );
    const more = total > letters.length ? `\n${formatCount(total - letters.length)} more, see --limit` : '';
    return { data, text: `${table}${more}${renderGivenUp(data.given_up)}` };
  },
};

function renderGivenUp(count: number): string {
  return count === 0
    ? ''
    : `\n${formatCount(count)} older ones were deleted, so that they do not fill the disk`;
}

const retry: Command = {
  name: 'retry',
  summary: 'give them to the store that refused them once more',
  examples: ['monitor dead-letters retry', 'monitor dead-letters retry 12 13'],
  declare(commander) {
    commander.argument('[id...]', 'which; all of them unless told');
  },
  async run({ args }, context) {
    const ids = args.map((text) => {
      if (/^\d+$/.test(text)) return Number(text);
      throw new CliError(
        'USAGE',
        `Cannot retry "${text}": expected ids as "monitor dead-letters list" shows them`,
      );
    });
    const bridge = await connectToBridge(context);
    const data = await bridge.post(
      'Cannot retry dead letters',
      '/v1/dead-letters/retry',
      ids.length === 0 ? {} : { ids },
      retriedSchema,
    );
    const { results } = data;
    const known = new Set(results.map(({ id }) => id));
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) {
      throw new CliError(
        'NOT_FOUND',
        `Cannot retry "${unknown.join(', ')}": there are no such dead letters`,
        {
          fix: ['monitor dead-letters list'],
          data,
        },
      );
    }
    const left = results.filter(({ status }) => status !== 'accepted');
    const reasons = [...new Set(left.map(({ target, reason }) => `${target}: ${reason ?? ''}`))];
    return {
      data,
      text:
        results.length === 0
          ? 'There are no dead letters.'
          : `${formatCount(results.length - left.length)} of ${formatCount(results.length)} were taken now.`,
      failure:
        left.length === 0
          ? null
          : new CliError('FAILED', `Cannot deliver ${formatCount(left.length)} of them`, {
              details: reasons,
              data,
            }),
    };
  },
};

/** `monitor dead-letters list|retry`. */
export const command: Command = {
  name: 'dead-letters',
  summary: 'what a store refused for good: list it, try it again',
  examples: ['monitor dead-letters list', 'monitor dead-letters retry'],
  subcommands: [list, retry],
};
