import type { BridgeConfig } from '../config.ts';
import type { GuardRules } from '../domain/guardrail.ts';

const NANO_PER_USD = 1_000_000_000;

/** The rules of each project, as the configuration says them. */
export function createGuardRules({
  default: usual,
  projects,
}: BridgeConfig['guardrails']): (project: string) => GuardRules {
  const rules = toRules(usual);
  const different = new Map(Object.entries(projects).map(([project, said]) => [project, toRules(said)]));
  return (project) => different.get(project) ?? rules;
}

function toRules(said: BridgeConfig['guardrails']['default']): GuardRules {
  return {
    mode: said.mode,
    maxTokensPerTask: said.max_tokens_per_task,
    maxFileOperations: said.max_file_operations,
    maxDurationMs: said.max_duration_ms,
    maxCostNanoUsd: said.max_cost_usd === null ? null : said.max_cost_usd * NANO_PER_USD,
    maxDayCostNanoUsd: said.max_cost_per_day_usd === null ? null : said.max_cost_per_day_usd * NANO_PER_USD,
    maxFailuresInRow: said.max_failures_in_row,
    maxRepeats: said.max_repeats,
    allow: said.allow,
    deny: said.deny,
  };
}
