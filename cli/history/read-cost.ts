import { connectToBridge } from '../bridge-api/connect.ts';
import { usageSchema } from '../bridge-api/usage.ts';
import type { CommandContext } from '../command.ts';
import { formatUsd } from '../output/format-usd.ts';

/**
 * What agents cost, in one line; null where nothing was used in the last 30 days.
 * @throws CliError as `connectToBridge` does
 */
export async function readCost(context: CommandContext): Promise<string | null> {
  const bridge = await connectToBridge(context);
  const ask = (since: string) => bridge.get('Cannot read usage', '/v1/usage', { since }, usageSchema);
  const [month, today] = await Promise.all([ask('30d'), ask('0d')]);
  if (month.rows.length === 0) return null;
  return (
    `${formatUsd(month.total.cost_micro_usd)} in the last 30 days, ` +
    `${formatUsd(today.total.cost_micro_usd)} today; by day: monitor usage`
  );
}
