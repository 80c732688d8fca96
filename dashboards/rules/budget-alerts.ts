import { type Alert, type AlertGroup, alertsOf } from './alert.ts';
import { growth, matching } from './growth.ts';
import type { AlertThresholds } from './thresholds.ts';

/** A budget of the settings. */
export interface Budget {
  /** Null = all together. */
  readonly project: string | null;
  readonly agent: string | null;
  readonly per: 'day' | 'week' | 'month' | 'task';
  readonly cost_usd: number | null;
  readonly tokens: number | null;
}

/**
 * Budgets are watched over the last 24 hours, 7 or 30 days, not from midnight on: PromQL knows no time zone. The longer
 * the range, the more there is to read, and the less often it has to be.
 */
const PERIODS = {
  day: { range: '1d', words: 'the last 24 hours', intervalSeconds: 30 },
  week: { range: '7d', words: 'the last 7 days', intervalSeconds: 120 },
  month: { range: '30d', words: 'the last 30 days', intervalSeconds: 300 },
} as const;
type Period = keyof typeof PERIODS;

/** What a budget limits. */
interface Limit {
  readonly metric: string;
  readonly amount: number;
  readonly unit: string;
  /** Template of the number in texts. */
  readonly value: string;
}

/** Series that has the used share of each budget, 1 = used up. */
export const BUDGET_USED = 'agent_monitor:budget_used:ratio';

/**
 * Of each budget how much of it is used, whether that is all, and whether it soon will be. Those of tasks are the
 * guardrails' business.
 */
export function budgetAlerts(budgets: readonly Budget[], thresholds: AlertThresholds): readonly AlertGroup[] {
  return (['day', 'week', 'month'] as const).flatMap((per) => {
    const uses = budgets
      .filter((budget) => budget.per === per)
      .flatMap((budget) => limitsOf(budget).map((limit) => useOf(budget, per, limit)));
    if (uses.length === 0) return [];
    const recordings = uses.map(({ used, limit, labels }) => ({
      name: BUDGET_USED,
      // Nothing used is no gap.
      expr: `(${used} or vector(0)) / ${limit.amount}`,
      labels,
    }));
    const alerts = uses.flatMap((use) => alertsOfUse(use, per, thresholds.budget_hours_left));
    return [{ name: `budgets-${per}`, intervalSeconds: PERIODS[per].intervalSeconds, recordings, alerts }];
  });
}

function limitsOf({ cost_usd, tokens }: Budget): readonly Limit[] {
  return [
    ...(cost_usd === null
      ? []
      : [
          {
            metric: 'agent_cost_usage_USD_total',
            amount: cost_usd,
            unit: 'USD',
            value: '{{ $value | printf "%.2f" }} USD',
          },
        ]),
    ...(tokens === null
      ? []
      : [
          {
            metric: 'agent_token_usage_total',
            amount: tokens,
            unit: 'tokens',
            value: '{{ $value | humanize }} tokens',
          },
        ]),
  ];
}

/** How much of a limit is used. */
interface Use {
  readonly limit: Limit;
  /** Selector of the counter that uses it up. */
  readonly counter: string;
  /** PromQL: used of `limit.amount`; nothing where the counter was not there. */
  readonly used: string;
  /** Name of the budget, and whose it is. */
  readonly labels: Readonly<Record<string, string>> & { readonly budget: string };
}

function useOf({ project, agent }: Budget, per: Period, limit: Limit): Use {
  const { metric, amount, unit } = limit;
  const counter = `${metric}${matching({ project, agent })}`;
  const owner = [project, agent].filter((name) => name !== null).join(' / ') || 'all projects';
  return {
    limit,
    counter,
    used: `sum(${growth(counter, PERIODS[per].range)})`,
    labels: {
      budget: `${owner}: ${amount} ${unit} per ${per}`,
      ...(project === null ? {} : { project }),
      ...(agent === null ? {} : { agent }),
    },
  };
}

function alertsOfUse(
  { limit: { amount, value }, counter, used, labels }: Use,
  per: Period,
  hoursLeft: number | null,
): readonly Alert[] {
  const shared = {
    dashboard: 'agent-monitor-cost',
    labels,
    variables: (['project', 'agent'] as const).filter((name) => name in labels),
    forSeconds: 0,
  };
  return alertsOf([
    {
      ...shared,
      name: 'BudgetUsed',
      severity: 'critical',
      expr: `${used} > ${amount}`,
      summary: `Budget used up: ${labels.budget}`,
      description: `${value} were used in ${PERIODS[per].words}; the budget is ${amount}.`,
    },
    hoursLeft !== null && {
      ...shared,
      name: 'BudgetBurnsFast',
      severity: 'warning',
      expr: `(${used} + ${hoursLeft} * sum(${growth(counter, '1h')}) > ${amount}) unless (${used} > ${amount})`,
      summary: `Budget used up within ${hoursLeft} h: ${labels.budget}`,
      description: `At the rate of the last hour it will be ${value} in ${hoursLeft} h; the budget is ${amount}.`,
    },
  ]);
}
