import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildDashboards } from '../../dashboards/grafana/index.ts';
import { alertGroups, type BuildRulesOptions, buildRules } from '../../dashboards/rules/build-rules.ts';
import { buildRunbook } from '../../dashboards/rules/build-runbook.ts';
import { REMEDIES } from '../../dashboards/rules/remedies.ts';
import { ALERT_THRESHOLDS } from '../../dashboards/rules/thresholds.ts';
import { METRICS } from '../../otel-bridge/projections/metric-catalogue.ts';
import { panelQueries } from '../helpers/dashboard-queries.ts';
import { parseLogql, parsePromql } from '../helpers/query-syntax.ts';
import { settingsFrom } from '../helpers/settings-from.ts';
import { renderScenario } from '../helpers/stack-scenario.ts';
import { storedNames } from '../helpers/stored-names.ts';

const RUNBOOK = join(import.meta.dirname, '../../dashboards/RUNBOOK.md');
const OPTIONS: BuildRulesOptions = {
  thresholds: ALERT_THRESHOLDS,
  selfTelemetry: true,
  warnDiskBytes: 20e9,
  grafanaUrl: 'http://localhost:3000',
  budgets: settingsFrom(`
budgets:
  - {per: day, cost_usd: 20, tokens: 5000000}
  - {project: shop, agent: 'a "b"', per: week, cost_usd: 50}
  - {project: shop, per: month, cost_usd: 100}
  - {per: task, cost_usd: 1}
`).budgets,
};

interface Recorded {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function allOf(text: string): (Rule | Recorded)[] {
  return (parse(text) as { groups: { rules: (Rule | Recorded)[] }[] }).groups.flatMap(({ rules }) => rules);
}

function rulesOf(text: string): Rule[] {
  return allOf(text).filter((rule) => 'alert' in rule);
}

const named = (list: readonly Rule[]) => list.map((rule, index) => [`${index} ${rule.alert}`, rule] as const);
const rulesOfMetrics = rulesOf(buildRules(OPTIONS, 'prometheus'));
const rulesOfLogs = rulesOf(buildRules(OPTIONS, 'loki'));
const rules = [...rulesOfMetrics, ...rulesOfLogs];
const catalogue = new Set(
  Object.entries(METRICS).flatMap(([name, definition]) => storedNames(name, definition)),
);
/** Names of others: the bridge's instruments, the Collector and Prometheus; the tests of the stack see them there. */
const FOREIGN = /^(?:up$|bridge_|otelcol_|prometheus_tsdb_)/;

describe('the alert rules', () => {
  it('are the same on every call', () => {
    expect(buildRules(OPTIONS, 'prometheus')).toBe(buildRules(OPTIONS, 'prometheus'));
  });

  it.each(named(rulesOfMetrics))('%s is valid and reads metrics of the catalogue', (_, { expr }) => {
    const { errors, selections } = parsePromql(expr);
    expect(errors).toEqual([]);
    expect(selections).not.toEqual([]);
    for (const { metric } of selections) {
      if (!FOREIGN.test(metric)) expect([...catalogue]).toContain(metric);
    }
  });

  it.each(named(rulesOfLogs))('%s is valid and selects the records of the bridge', (_, { expr }) => {
    const { errors, selections } = parseLogql(expr);
    expect(errors).toEqual([]);
    expect(selections[0]?.labels).toEqual(['service_name']);
    expect(selections.at(-1)?.labels).toContain('event_name');
  });

  it.each(named(rulesOfMetrics))(
    '%s reads counters of the bridge as exactly as dashboards do',
    (_, { expr }) => {
      for (const { metric, takenBy } of parsePromql(expr).selections) {
        if (/^agent_.*_total$/.test(metric)) expect(['last_over_time', 'min_over_time']).toContain(takenBy);
      }
    },
  );

  it.each(named(rules))(
    '%s says what it is, how bad, what to do and where to look',
    (_, { alert, labels, annotations }) => {
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\S/);
      expect(annotations.description).toMatch(/\.$/);
      expect(annotations.runbook).toBe(`RUNBOOK.md#${alert.toLowerCase()}`);
      expect(Object.keys(REMEDIES)).toContain(alert);
      expect(annotations.dashboard).toMatch(/^http:\/\/localhost:3000\/d\/agent-monitor-[a-z-]+(\?|$)/);
    },
  );

  it('link to dashboards that there are', () => {
    const uids = Object.values(buildDashboards()).map((text) => (JSON.parse(text) as { uid: string }).uid);
    for (const { alerts } of Object.values(alertGroups(OPTIONS)).flat()) {
      for (const { name, dashboard } of alerts) expect(uids, name).toContain(dashboard);
    }
  });

  it('have a remedy each, and no remedy is of none', () => {
    expect(Object.keys(REMEDIES).toSorted()).toEqual(
      [...new Set(rules.map(({ alert }) => alert))].toSorted(),
    );
  });

  it('have names that differ, or labels that do', () => {
    const keys = rules.map(({ alert, labels }) => JSON.stringify([alert, labels]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('name the owner of a budget safely, and leave budgets of tasks to guardrails', () => {
    const budgets = rules.filter(({ alert }) => alert === 'BudgetUsed');
    expect(budgets.map(({ labels }) => labels.budget)).toEqual([
      'all projects: 20 USD per day',
      'all projects: 5000000 tokens per day',
      'shop / a "b": 50 USD per week',
      'shop: 100 USD per month',
    ]);
    expect(budgets[2]?.expr).toContain('{project="shop", agent="a \\"b\\""}');
  });

  it('record of each budget which share is used, as the dashboard of costs asks for it', () => {
    const recorded = allOf(buildRules(OPTIONS, 'prometheus')).filter((rule) => 'record' in rule);
    const budgets = rules.filter(({ alert }) => alert === 'BudgetUsed');
    expect(recorded.map(({ labels }) => labels)).toEqual(
      budgets.map(({ labels: { severity: _, ...whose } }) => whose),
    );
    for (const { record, expr } of recorded) {
      expect(parsePromql(expr).errors).toEqual([]);
      const asked = panelQueries().filter((query) => query.expr.includes(`${record}{`));
      expect(asked.map(({ panel }) => panel.title)).toEqual(['Budgets, share used, now']);
    }
  });

  it('leave out what has no threshold, and what a bridge that does not tell of itself cannot say', () => {
    const thresholds = { ...ALERT_THRESHOLDS, stuck_minutes: null, budget_hours_left: null };
    const names = rulesOf(buildRules({ ...OPTIONS, thresholds, selfTelemetry: false }, 'prometheus')).map(
      ({ alert }) => alert,
    );
    const gone = ['AgentStuck', 'BudgetBurnsFast', 'BridgeSilent', 'DeliveryLags', 'DiskFills'];
    expect(names.filter((name) => gone.includes(name))).toEqual([]);
    expect(names).toContain('BudgetUsed');
    expect(names).toContain('PartDown');
  });

  it.each(Object.keys(ALERT_THRESHOLDS).map((name) => [name] as const))('follow the threshold %s', (name) => {
    const changed = { ...OPTIONS, thresholds: { ...ALERT_THRESHOLDS, [name]: 0.123 } };
    expect(alertGroups(changed)).not.toEqual(alertGroups(OPTIONS));
  });
});

describe('the runbook', () => {
  it('is as kept (UPDATE_GOLDEN=1 keeps it anew)', () => {
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(RUNBOOK, buildRunbook());
    expect(buildRunbook()).toBe(existsSync(RUNBOOK) ? readFileSync(RUNBOOK, 'utf8') : '');
  });
});

describe('the generated stack', () => {
  it('has rules by settings, and starts Prometheus anew when they change', async () => {
    const before = await renderScenario({ settings: '' });
    const after = await renderScenario({ settings: 'alerts: {thresholds: {context_share: 0.5}}' });
    expect(after.get('rules/agent-monitor.yaml')).toContain('agent_context_utilization_current_ratio) > 0.5');
    expect(after.get('compose.yaml')).not.toBe(before.get('compose.yaml'));
    expect(after.get('prometheus.yaml')).toBe(before.get('prometheus.yaml'));
  });

  it('links to no Grafana where there is none', async () => {
    const files = await renderScenario({ settings: 'parts: {grafana: false}' });
    expect(files.get('rules/agent-monitor.yaml')).not.toContain('http');
  });

  it.each([
    ['http://am.example.com:9093', { scheme: 'http', path_prefix: '/', targets: ['am.example.com:9093'] }],
    ['https://example.com/am', { scheme: 'https', path_prefix: '/am', targets: ['example.com'] }],
  ])('sends alerts to %s where settings name it', async (address, { targets, ...wanted }) => {
    const files = await renderScenario({ settings: `alerts: {alertmanager: "${address}"}` });
    const { alerting } = parse(files.get('prometheus.yaml') ?? '') as { alerting: unknown };
    expect(alerting).toEqual({ alertmanagers: [{ ...wanted, static_configs: [{ targets }] }] });
  });

  it('sends them nowhere else', async () => {
    expect((await renderScenario({ settings: '' })).get('prometheus.yaml')).not.toContain('alerting');
  });
});
