import { stringify } from 'yaml';
import { agentAlerts } from './agent-alerts.ts';
import type { Alert, AlertGroup } from './alert.ts';
import { type Budget, budgetAlerts } from './budget-alerts.ts';
import { logAlerts } from './log-alerts.ts';
import { machineAlerts } from './machine-alerts.ts';
import { type StackAlertOptions, stackAlerts } from './stack-alerts.ts';

/** What the rules are made from. */
export interface BuildRulesOptions extends StackAlertOptions {
  readonly budgets: readonly Budget[];
  /** Base address of Grafana without a slash at the end; null where there is none to link to. */
  readonly grafanaUrl: string | null;
}

/** Every alert that the settings ask for, by the store that watches it. */
export function alertGroups(
  options: BuildRulesOptions,
): Readonly<Record<'prometheus' | 'loki', readonly AlertGroup[]>> {
  const { thresholds, budgets } = options;
  const prometheus = [
    ...budgetAlerts(budgets, thresholds),
    agentAlerts(thresholds),
    machineAlerts(thresholds),
    stackAlerts(options),
  ];
  return { prometheus, loki: [logAlerts(thresholds)] };
}

/** Rule file of a store, YAML. The same options give the same text. */
export function buildRules(options: BuildRulesOptions, store: 'prometheus' | 'loki'): string {
  const groups = alertGroups(options)[store].map(({ name, intervalSeconds, recordings = [], alerts }) => ({
    name: `agent-monitor-${name}`,
    ...(intervalSeconds === undefined ? {} : { interval: `${intervalSeconds}s` }),
    rules: [
      ...recordings.map(({ name: record, expr, labels }) => ({ record, expr, labels })),
      ...alerts.map((alert) => toRule(alert, options.grafanaUrl)),
    ],
  }));
  return stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false });
}

function toRule(alert: Alert, grafanaUrl: string | null) {
  const { name, expr, forSeconds, severity, labels, summary, description } = alert;
  return {
    alert: name,
    expr,
    for: `${Math.round(forSeconds)}s`,
    labels: { severity, ...labels },
    annotations: {
      summary,
      description,
      runbook: `RUNBOOK.md#${name.toLowerCase()}`,
      ...(grafanaUrl === null ? {} : { dashboard: dashboardLink(grafanaUrl, alert) }),
    },
  };
}

function dashboardLink(grafanaUrl: string, { dashboard, variables = [] }: Alert): string {
  const query = variables.map((name) => `var-${name}={{ $labels.${name} | urlquery }}`);
  return [`${grafanaUrl}/d/${dashboard}`, ...(query.length === 0 ? [] : [query.join('&')])].join('?');
}
