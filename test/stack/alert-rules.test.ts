import { describe, expect, it } from 'vitest';
import { alertGroups, type BuildRulesOptions, buildRules } from '../../dashboards/rules/build-rules.ts';
import { ALERT_THRESHOLDS } from '../../dashboards/rules/thresholds.ts';
import { missingEngines } from '../helpers/engines.ts';
import { type AlertCase, runAlertCases } from '../helpers/promtool.ts';
import { settingsFrom } from '../helpers/settings-from.ts';

const OPTIONS: BuildRulesOptions = {
  thresholds: ALERT_THRESHOLDS,
  selfTelemetry: true,
  warnDiskBytes: 20e9,
  grafanaUrl: 'http://localhost:3000',
  budgets: settingsFrom(`
budgets:
  - {project: shop, per: day, cost_usd: 20}
  - {project: shop, agent: ada, per: week, tokens: 1000}
`).budgets,
};
const RULES = buildRules(OPTIONS, 'prometheus');

const ADA = 'project="shop",agent="ada",agent_framework="claude-code",host_name="h"';
const VM = `${ADA},host_id="uuid",vm_name="vm1"`;
const PART = 'job="otel-collector",instance="otel-collector:8888"';
const COST = `agent_cost_usage_USD_total{${ADA}}`;
const CALLS = `agent_api_request_count_total{${ADA},gen_ai_request_model="m"}`;
const failedCalls = (type: string): string =>
  `agent_api_request_count_total{${ADA},gen_ai_request_model="m",error_type="${type}"}`;
const tools = (outcome: string): string =>
  `agent_tool_call_count_total{${ADA},gen_ai_tool_name="Bash",agent_outcome="${outcome}"}`;
const vmState = (state: string): string => `libvirt_domain_state{${VM},state="${state}"}`;
const guest = (what: string, state: string): string =>
  `system_${what}_usage_bytes{${VM},${what === 'filesystem' ? 'mountpoint="/",' : ''}state="${state}"}`;

/** What a healthy installation has; each case adds to it or replaces it. */
const HEALTHY = { bridge_projection_lag: '0x3000', [`up{${PART}}`]: '1x3000' };

/** Cases by alert: those in which it fires, alone, and those in which nothing does. */
const CASES: Readonly<Record<string, readonly (Omit<AlertCase, 'firing'> & { readonly fires: number })[]>> = {
  BudgetUsed: [
    { name: 'spent over 20 USD in a day', series: { [COST]: '0 10 21x30' }, atMinutes: 20, fires: 1 },
    {
      name: 'born with its first value, in several series',
      series: { [COST]: '0 15x100', [COST.replace('"ada"', '"bob"')]: '_ _ 0 6x100' },
      atMinutes: 90,
      fires: 1,
    },
    { name: 'spent just the budget', series: { [COST]: '0 0 20x100' }, atMinutes: 90, fires: 0 },
    { name: 'spent more than a day ago', series: { [COST]: '0 30x1600' }, atMinutes: 1500, fires: 0 },
    {
      name: 'another project spent',
      series: { [COST.replace('shop', 'other')]: '0 30x100' },
      atMinutes: 90,
      fires: 0,
    },
    {
      name: 'tokens of one agent in a week',
      series: { [`agent_token_usage_total{${ADA}}`]: '0 1001x400' },
      atMinutes: 300,
      fires: 1,
    },
  ],
  BudgetBurnsFast: [
    { name: '8 USD in the last hour', series: { [COST]: '0 8x100' }, atMinutes: 30, fires: 1 },
    { name: 'the same, and then nothing', series: { [COST]: '0 8x100' }, atMinutes: 90, fires: 0 },
    { name: 'slowly', series: { [COST]: '0 6x100' }, atMinutes: 30, fires: 0 },
  ],
  ModelErrors: [
    {
      name: '4 of 12 calls fail',
      series: { [CALLS]: '0 8x30', [failedCalls('500')]: '0 4x30' },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'longer ago',
      series: { [CALLS]: '0 8x60', [failedCalls('500')]: '0 4x60' },
      atMinutes: 40,
      fires: 0,
    },
    {
      name: '2 of 12 calls',
      series: { [CALLS]: '0 10x30', [failedCalls('500')]: '0 2x30' },
      atMinutes: 10,
      fires: 0,
    },
    { name: '2 of 2 calls', series: { [failedCalls('500')]: '0 2x30' }, atMinutes: 10, fires: 0 },
  ],
  RateLimited: [
    ...['429', 'rate_limit_error', 'RateLimitExceeded', 'usage_limit_reached', 'RESOURCE_EXHAUSTED'].map(
      (type) => ({
        name: `4 calls, said as ${type}`,
        series: { [CALLS]: '0 90x30', [failedCalls(type)]: '0 4x30' },
        atMinutes: 10,
        fires: 1,
      }),
    ),
    {
      name: '4 other errors',
      series: { [CALLS]: '0 90x30', [failedCalls('529')]: '0 4x30' },
      atMinutes: 10,
      fires: 0,
    },
    {
      name: '3 calls',
      series: { [CALLS]: '0 90x30', [failedCalls('429')]: '0 3x30' },
      atMinutes: 10,
      fires: 0,
    },
  ],
  ToolFailures: [
    {
      name: 'failures and errors add up',
      series: { [tools('failure')]: '0 6x30', [tools('error')]: '0 5x30' },
      atMinutes: 4,
      fires: 1,
    },
    { name: 'six minutes ago', series: { [tools('failure')]: '0 11x30' }, atMinutes: 8, fires: 0 },
    {
      name: 'what did well or was rejected',
      series: { [tools('success')]: '0 50x30', [tools('rejected')]: '0 50x30' },
      atMinutes: 4,
      fires: 0,
    },
  ],
  GuardrailViolated: [
    {
      name: 'one of each of two rules',
      series: {
        [`agent_guardrail_violation_count_total{${ADA},agent_guardrail_rule="max_duration"}`]: '0 1x30',
        [`agent_guardrail_violation_count_total{${ADA},agent_guardrail_rule="commands"}`]: '0 1x30',
      },
      atMinutes: 10,
      fires: 2,
    },
    {
      name: 'long ago',
      series: {
        [`agent_guardrail_violation_count_total{${ADA},agent_guardrail_rule="commands"}`]: '0 1x60',
      },
      atMinutes: 40,
      fires: 0,
    },
  ],
  AgentStuck: [
    {
      name: 'last event 16 minutes ago, a session goes on',
      series: { [`agent_last_event_time_seconds{${ADA}}`]: '0x60', [`agent_session_active{${ADA}}`]: '1x60' },
      atMinutes: 16,
      fires: 1,
    },
    {
      name: 'no session goes on',
      series: { [`agent_last_event_time_seconds{${ADA}}`]: '0x60', [`agent_session_active{${ADA}}`]: '0x60' },
      atMinutes: 30,
      fires: 0,
    },
    {
      name: 'events come',
      series: {
        [`agent_last_event_time_seconds{${ADA}}`]: '0+60x60',
        [`agent_session_active{${ADA}}`]: '1x60',
      },
      atMinutes: 30,
      fires: 0,
    },
    {
      name: 'the marked session of verify',
      series: {
        'agent_last_event_time_seconds{project="agent-monitor-verify",agent="verify"}': '0x60',
        'agent_session_active{project="agent-monitor-verify",agent="verify"}': '1x60',
      },
      atMinutes: 30,
      fires: 0,
    },
  ],
  ContextNearlyFull: [
    {
      name: '91 %',
      series: { [`agent_context_utilization_current_ratio{${ADA}}`]: '0.91x10' },
      atMinutes: 5,
      fires: 1,
    },
    {
      name: '90 %, compacted from more',
      series: { [`agent_context_utilization_current_ratio{${ADA}}`]: '0.95 0.9x10' },
      atMinutes: 5,
      fires: 0,
    },
  ],
  AgentSilent: [
    {
      name: 'for four days',
      series: { [`agent_last_event_time_seconds{${ADA}}`]: '-345600x60' },
      atMinutes: 30,
      fires: 1,
    },
    {
      name: 'for two days',
      series: { [`agent_last_event_time_seconds{${ADA}}`]: '-172800x60' },
      atMinutes: 30,
      fires: 0,
    },
    {
      name: 'for so long that it is gone',
      series: { [`agent_last_event_time_seconds{${ADA}}`]: '-1000000x60' },
      atMinutes: 30,
      fires: 0,
    },
  ],
  VmDown: [
    {
      name: 'shut off after it ran',
      series: { [vmState('running')]: '1x5 0x60', [vmState('shutoff')]: '0x5 1x60' },
      atMinutes: 15,
      fires: 1,
    },
    {
      name: 'crashed for long',
      series: { [vmState('running')]: '0x200', [vmState('crashed')]: '1x200' },
      atMinutes: 150,
      fires: 1,
    },
    { name: 'shut off for long', series: { [vmState('running')]: '1x5 0x200' }, atMinutes: 90, fires: 0 },
    { name: 'restarted', series: { [vmState('running')]: '1x5 0x3 1x60' }, atMinutes: 15, fires: 0 },
  ],
  GatewayDown: [
    { name: 'for six minutes', series: { [`openclaw_gateway_up{${VM}}`]: '0x20' }, atMinutes: 6, fires: 1 },
    { name: 'up', series: { [`openclaw_gateway_up{${VM}}`]: '1x20' }, atMinutes: 6, fires: 0 },
  ],
  VmDiskNearlyFull: [
    {
      name: '95 %',
      series: { [guest('filesystem', 'used')]: '95x20', [guest('filesystem', 'free')]: '5x20' },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: '80 %',
      series: { [guest('filesystem', 'used')]: '80x20', [guest('filesystem', 'free')]: '20x20' },
      atMinutes: 10,
      fires: 0,
    },
  ],
  VmMemoryNearlyFull: [
    {
      name: 'as the guest says',
      series: { [guest('memory', 'used')]: '97x20', [guest('memory', 'free')]: '3x20' },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'as its balloon driver says',
      series: {
        [`libvirt_domain_memory_usable_bytes{${VM}}`]: '2x20',
        [`libvirt_domain_memory_available_bytes{${VM}}`]: '100x20',
      },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'half',
      series: { [guest('memory', 'used')]: '50x20', [guest('memory', 'free')]: '50x20' },
      atMinutes: 10,
      fires: 0,
    },
  ],
  VmCpuSteal: [
    {
      name: 'both wait 18 s a minute',
      series: {
        [`libvirt_domain_vcpu_delay_seconds_total{${VM},vcpu="0"}`]: '0+18x30',
        [`libvirt_domain_vcpu_delay_seconds_total{${VM},vcpu="1"}`]: '0+18x30',
      },
      atMinutes: 20,
      fires: 1,
    },
    {
      name: 'one of two waits 18 s a minute',
      series: {
        [`libvirt_domain_vcpu_delay_seconds_total{${VM},vcpu="0"}`]: '0+18x30',
        [`libvirt_domain_vcpu_delay_seconds_total{${VM},vcpu="1"}`]: '0x30',
      },
      atMinutes: 20,
      fires: 0,
    },
  ],
  SamplerSilent: [
    {
      name: 'for long',
      series: { 'agent_monitor_sampler_up{sampler="h"}': '0x20' },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'not long',
      series: { 'agent_monitor_sampler_up{sampler="h"}': '1x5 0x4' },
      atMinutes: 9,
      fires: 0,
    },
    { name: 'up', series: { 'agent_monitor_sampler_up{sampler="h"}': '1x20' }, atMinutes: 10, fires: 0 },
  ],
  PartDown: [
    { name: 'the Collector is away', series: { [`up{${PART}}`]: '1x5 0x20' }, atMinutes: 15, fires: 1 },
    { name: 'it was away', series: { [`up{${PART}}`]: '1x5 0x8 1x20' }, atMinutes: 20, fires: 0 },
  ],
  CollectorRefuses: [
    ...['otelcol_receiver_refused_log_records', 'otelcol_receiver_failed_metric_points'].map((name) => ({
      name,
      series: { [`${name}{${PART},receiver="otlp/bridge",transport="http"}`]: '0+10x30' },
      atMinutes: 20,
      fires: 1,
    })),
    {
      name: 'no longer',
      series: {
        [`otelcol_receiver_refused_spans{${PART},receiver="otlp/bridge",transport="http"}`]: '0+10x5 50x30',
      },
      atMinutes: 20,
      fires: 0,
    },
    {
      name: 'a restart of the Collector',
      series: {
        [`otelcol_receiver_refused_spans{${PART},receiver="otlp/bridge",transport="http"}`]: '9x10 0x30',
      },
      atMinutes: 20,
      fires: 0,
    },
  ],
  CollectorDropsSeries: [
    {
      name: 'nearly all streams are taken',
      series: {
        [`otelcol_deltatocumulative_streams_tracked{${PART}}`]: '95000x20',
        [`otelcol_deltatocumulative_streams_limit{${PART}}`]: '100000x20',
      },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'some were dropped',
      series: { [`otelcol_deltatocumulative_datapoints{${PART},error="limit"}`]: '7x20' },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'some were dropped long ago',
      series: { [`otelcol_deltatocumulative_datapoints{${PART},error="limit"}`]: '7x40' },
      atMinutes: 30,
      fires: 0,
    },
    {
      name: 'few are taken, some came late',
      series: {
        [`otelcol_deltatocumulative_streams_tracked{${PART}}`]: '50x20',
        [`otelcol_deltatocumulative_streams_limit{${PART}}`]: '100000x20',
        [`otelcol_deltatocumulative_datapoints{${PART},error="delta.ErrOutOfOrder"}`]: '7x20',
      },
      atMinutes: 10,
      fires: 0,
    },
  ],
  BridgeSilent: [
    { name: 'fell silent', series: { bridge_projection_lag: '0x5' }, atMinutes: 20, fires: 1 },
    {
      name: 'was silent for a while',
      series: { bridge_projection_lag: '0x5 _x6 0x20' },
      atMinutes: 20,
      fires: 0,
    },
  ],
  DeliveryLags: [
    {
      name: 'one lane',
      series: {
        'bridge_delivery_lag{bridge_target="collector",bridge_lane="logs"}': '10001x20',
        'bridge_delivery_lag{bridge_target="collector",bridge_lane="metrics"}': '9x20',
      },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'a peak',
      series: { 'bridge_delivery_lag{bridge_target="collector",bridge_lane="logs"}': '0x5 90000x3 0x20' },
      atMinutes: 9,
      fires: 0,
    },
  ],
  ProjectionLags: [
    { name: 'for long', series: { bridge_projection_lag: '10001x20' }, atMinutes: 10, fires: 1 },
    { name: 'little', series: { bridge_projection_lag: '9999x20' }, atMinutes: 10, fires: 0 },
  ],
  DeadLetters: [
    { name: 'one', series: { bridge_dead_letters: '0x5 1x20' }, atMinutes: 6, fires: 1 },
    { name: 'sent again', series: { bridge_dead_letters: '0x5 1x3 0x20' }, atMinutes: 12, fires: 0 },
  ],
  DiskNearlyFull: [
    { name: '19 GB are left', series: { bridge_disk_free_bytes: '19000000000x20' }, atMinutes: 10, fires: 1 },
    { name: '21 GB are left', series: { bridge_disk_free_bytes: '21000000000x20' }, atMinutes: 10, fires: 0 },
  ],
  DiskFills: [
    {
      name: 'by 3 GB an hour with 70 GB left',
      series: { bridge_disk_free_bytes: '80000000000-50000000x200' },
      atMinutes: 200,
      fires: 1,
    },
    {
      name: 'by 0.3 GB an hour',
      series: { bridge_disk_free_bytes: '80000000000-5000000x200' },
      atMinutes: 200,
      fires: 0,
    },
    {
      name: 'after ten minutes nobody can say',
      series: { bridge_disk_free_bytes: '80000000000-500000000x200' },
      atMinutes: 10,
      fires: 0,
    },
  ],
  MetricsStoreNearlyFull: [
    {
      name: '95 %',
      series: {
        'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': '95x20',
        'prometheus_tsdb_retention_limit_bytes{job="prometheus"}': '100x20',
      },
      atMinutes: 10,
      fires: 1,
    },
    {
      name: 'without a limit',
      series: {
        'prometheus_tsdb_storage_blocks_bytes{job="prometheus"}': '95x20',
        'prometheus_tsdb_retention_limit_bytes{job="prometheus"}': '0x20',
      },
      atMinutes: 10,
      fires: 0,
    },
  ],
};

const missing = missingEngines('promtool');

describe('promtool test rules', () => {
  it('has a case for every alert that fires, and one in which it does not', () => {
    const names = alertGroups(OPTIONS).prometheus.flatMap(({ alerts }) => alerts.map(({ name }) => name));
    expect(Object.keys(CASES).toSorted()).toEqual([...new Set(names)].toSorted());
    for (const [name, cases] of Object.entries(CASES)) {
      expect(
        cases.some(({ fires }) => fires > 0),
        name,
      ).toBe(true);
      expect(
        cases.some(({ fires }) => fires === 0),
        name,
      ).toBe(true);
    }
  });

  it.skipIf(missing !== null).each(Object.keys(CASES))('%s fires when it should, alone', (alert) => {
    const cases = (CASES[alert] ?? []).map(({ fires, ...rest }) => ({
      ...rest,
      name: `${alert}: ${rest.name}`,
      series: { ...HEALTHY, ...rest.series },
      firing: fires === 0 ? {} : { [alert]: fires },
    }));
    expect(runAlertCases(RULES, cases)).toContain('SUCCESS');
  });

  it.skipIf(missing !== null)('fails where an alert does not fire', () => {
    const wrong = { name: 'wrong', series: HEALTHY, atMinutes: 10, firing: { DeadLetters: 1 } };
    expect(() => runAlertCases(RULES, [wrong])).toThrow(/FAILED|exp/);
  });
});
