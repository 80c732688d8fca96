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

/** What a budget limits. */
interface Limit {
  readonly metric: string;
  readonly amount: number;
  readonly unit: string;
  /** Template of the number in texts. */
  readonly value: string;
}

/** Of each budget whether it is used up, and whether it soon will be. Those of tasks are the guardrails' business. */
export function budgetAlerts(budgets: readonly Budget[], thresholds: AlertThresholds): readonly AlertGroup[] {
  return (['day', 'week', 'month'] as const).flatMap((per) => {
    const alerts = budgets
      .filter((budget) => budget.per === per)
      .flatMap((budget) =>
        limitsOf(budget).flatMap((limit) => alertsOfLimit(budget, per, limit, thresholds.budget_hours_left)),
      );
    const { intervalSeconds } = PERIODS[per];
    return alerts.length === 0 ? [] : [{ name: `budgets-${per}`, intervalSeconds, alerts }];
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

function alertsOfLimit(
  { project, agent }: Budget,
  per: keyof typeof PERIODS,
  { metric, amount, unit, value }: Limit,
  hoursLeft: number | null,
): readonly Alert[] {
  const { range, words } = PERIODS[per];
  const counter = `${metric}${matching({ project, agent })}`;
  const used = `sum(${growth(counter, range)})`;
  const owner = [project, agent].filter((name) => name !== null).join(' / ') || 'all projects';
  const budget = `${owner}: ${amount} ${unit} per ${per}`;
  const shared = {
    dashboard: 'agent-monitor-cost',
    labels: {
      budget,
      ...(project === null ? {} : { project }),
      ...(agent === null ? {} : { agent }),
    },
    variables: [
      ...(project === null ? [] : (['project'] as const)),
      ...(agent === null ? [] : (['agent'] as const)),
    ],
    forSeconds: 0,
  };
  return alertsOf([
    {
      ...shared,
      name: 'BudgetUsed',
      severity: 'critical',
      expr: `${used} > ${amount}`,
      summary: `Budget used up: ${budget}`,
      description: `${value} were used in ${words}; the budget is ${amount}.`,
    },
    hoursLeft !== null && {
      ...shared,
      name: 'BudgetBurnsFast',
      severity: 'warning',
      expr: `(${used} + ${hoursLeft} * sum(${growth(counter, '1h')}) > ${amount}) unless (${used} > ${amount})`,
      summary: `Budget used up within ${hoursLeft} h: ${budget}`,
      description: `At the rate of the last hour it will be ${value} in ${hoursLeft} h; the budget is ${amount}.`,
    },
  ]);
}
