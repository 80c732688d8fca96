import type { DayCost, GuardLoad, GuardRules } from '../domain/guardrail.ts';

/** A limit that was passed. */
export interface LimitFinding {
  readonly rule:
    | 'max_tokens_per_task'
    | 'max_file_operations'
    | 'max_duration'
    | 'max_cost_usd'
    | 'max_cost_per_day_usd'
    | 'max_failures_in_row';
  readonly reason: string;
  readonly value: number;
  readonly limit: number;
  /** Set where it is one violation again on another day. */
  readonly date?: string;
  /** True where the task is over the limit, false where the session is. */
  readonly ofTask: boolean;
}

const NANO_PER_USD = 1_000_000_000;

/** Which limits a session is over. Pure. */
export function checkLimits(load: GuardLoad, rules: GuardRules): LimitFinding[] {
  const { runStartedMs, runUntilMs } = load;
  const durationMs = runStartedMs === null || runUntilMs === null ? 0 : runUntilMs - runStartedMs;
  const found: (LimitFinding | null)[] = [
    over('max_tokens_per_task', load.tokens, rules.maxTokensPerTask, 'tokens in this task', true),
    over(
      'max_file_operations',
      load.fileOperations,
      rules.maxFileOperations,
      'file operations in this session',
      false,
    ),
    over(
      'max_duration',
      seconds(durationMs),
      secondsOrNull(rules.maxDurationMs),
      'seconds in this task',
      true,
    ),
    over('max_cost_usd', usd(load.costNanoUsd), usdOrNull(rules.maxCostNanoUsd), 'USD in this task', true),
    over(
      'max_failures_in_row',
      load.failuresInRow,
      rules.maxFailuresInRow,
      'failed tool calls in a row',
      false,
    ),
  ];
  return found.filter((finding) => finding !== null);
}

/** Whether a project is over what it may cost on one day. Pure. */
export function checkDay({ date, costNanoUsd }: DayCost, project: string, rules: GuardRules): LimitFinding[] {
  const limit = usdOrNull(rules.maxDayCostNanoUsd);
  const what = `USD in project "${project}" on ${date}`;
  const finding = over('max_cost_per_day_usd', usd(costNanoUsd), limit, what, false);
  return finding === null ? [] : [{ ...finding, date }];
}

function over(
  rule: LimitFinding['rule'],
  value: number,
  limit: number | null,
  what: string,
  ofTask: boolean,
): LimitFinding | null {
  if (limit === null || value <= limit) return null;
  return { rule, value, limit, ofTask, reason: `${value} ${what}, the limit is ${limit} (${rule})` };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

function secondsOrNull(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

function usd(nano: number): number {
  return Math.round(nano / 1000) / 1_000_000;
}

function usdOrNull(nano: number | null): number | null {
  return nano === null ? null : nano / NANO_PER_USD;
}
