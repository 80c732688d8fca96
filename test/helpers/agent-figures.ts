/** Figures of agents' work as a running bridge tells them, for comparison with the truth of a loopback API. */
import { DatabaseSync } from 'node:sqlite';
import type { RunningBridge } from './bridge.ts';

/** One row of `/v1/usage`. */
export interface AgentFigures {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly cost_micro_usd: number | null;
  readonly tool_calls: number;
  readonly sessions: number;
  readonly runs: number;
}

/** The answer of `/v1/usage`. */
export interface UsageAnswer {
  readonly rows: readonly (AgentFigures & { readonly key: Record<string, string> })[];
  readonly total: AgentFigures;
}

/** Asks the query API. @param by dimensions joined by commas */
export async function usageBy(bridge: RunningBridge, by: string): Promise<UsageAnswer> {
  return (await bridge.query(`/v1/usage?by=${by}`)) as unknown as UsageAnswer;
}

/** A counter as the journal holds it, summed by some of its attributes: `{'value value': sum}`. */
export function counterSums(
  bridge: RunningBridge,
  metric: string,
  ...names: readonly string[]
): Record<string, number> {
  using reader = new DatabaseSync(bridge.config.journal_path, { readOnly: true });
  const sums: Record<string, number> = {};
  for (const row of reader.prepare('SELECT attributes, value FROM series WHERE metric = ?').all(metric)) {
    const attributes = JSON.parse(String(row.attributes)) as Record<string, string>;
    const key = names.map((name) => attributes[name]).join(' ');
    sums[key] = (sums[key] ?? 0) + Number(row.value);
  }
  return sums;
}

/** Sum of all values. */
export function sumOf(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}
