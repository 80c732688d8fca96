import { describe, expect, it } from 'vitest';
import type { FactKind } from '../../otel-bridge/domain/fact.ts';
import { TALLY_MEASURES } from '../../otel-bridge/domain/tally-measure.ts';
import { EVENT_CATALOGUE } from '../../otel-bridge/event-schema/event-catalogue.ts';
import { toLogRecord } from '../../otel-bridge/projections/logs.ts';
import { METRICS } from '../../otel-bridge/projections/metric-catalogue.ts';
import type { MetricDefinition } from '../../otel-bridge/projections/metric-definition.ts';
import { tallyIncrement, toIncrements } from '../../otel-bridge/projections/metrics.ts';
import { notableCopy } from '../../otel-bridge/projections/notable.ts';
import { toResource } from '../../otel-bridge/projections/resource.ts';
import { isSampleMetric } from '../../otel-bridge/projections/sample-metrics.ts';
import {
  ACCOUNT_PEAKS,
  ACCOUNT_SUMS,
  toAccountRecord,
  toBypassRecord,
} from '../../otel-bridge/projections/session-account.ts';
import { PLACE_RECORD, toPlaceRecord } from '../../otel-bridge/projections/subagent-place.ts';
import {
  dashboards,
  fillIn,
  type PanelQuery,
  panelQueries,
  variableQueries,
} from '../helpers/dashboard-queries.ts';
import { makeEvent, makeFact } from '../helpers/journal-fixture.ts';
import { parseLogql, parsePromql } from '../helpers/query-syntax.ts';
import { SELF_LABELS, selfMetrics } from '../helpers/self-metrics.ts';

const FILL_IN = { rangeMs: 3_600_000, stepMs: 60_000, selected: { project: ['a.b', 'c'], agent: ['d (1)'] } };
const OWNER = { project: 'demo', agent: 'dev', framework: 'claude-code', host: 'laptop' };
/** What samplers tell figures of machines apart by. */
const SAMPLE_LABELS = [
  'host_id',
  'vm_name',
  'container_name',
  'container_id',
  'state',
  'mountpoint',
  'service',
  'disk_device',
  'disk_direction',
  'network_interface',
  'network_direction',
];
const INDEX_LABELS = ['service_name', 'project', 'agent'];

const queries = panelQueries();
const promql = queries.filter(({ store }) => store === 'prometheus');
const logql = queries.filter(({ store }) => store === 'loki');
/** What parts of the stack say of themselves begins anew when they do, and belongs to no agent. */
const self = selfMetrics();
const isOwnCounter = (metric: string): boolean =>
  metric.endsWith('_total') || metric.startsWith('otelcol_receiver_');
const isOwn = ({ expr }: PanelQuery): boolean =>
  /\b(bridge|otelcol|prometheus|loki|process)_\w+|\bup\b/.test(expr);
/** What rules record: test/dashboards/alert-rules.test.ts has it. */
const isRecorded = ({ expr }: PanelQuery): boolean => expr.includes('agent_monitor:');
const ofAgents = promql.filter((query) => !isOwn(query) && !isRecorded(query));
const ofStack = promql.filter(isOwn);
/** Lines of containers as Promtail ships them: they have labels alone. */
const ofContainers = ({ expr }: PanelQuery): boolean =>
  expr.startsWith('{service_name=~') || expr.includes('({service_name=~');
const ofEvents = logql.filter((query) => !ofContainers(query));

/** Names that a metric has in Prometheus, as its OTLP receiver translates them. */
function storedNames(metric: string, { kind, unit }: MetricDefinition): string[] {
  const base = metric.replaceAll('.', '_');
  const suffix =
    { s: '_seconds', USD: '_USD', By: '_bytes', 1: kind === 'gauge' ? '_ratio' : '' }[unit] ?? '';
  if (kind === 'histogram') return ['_bucket', '_sum', '_count'].map((part) => `${base}${suffix}${part}`);
  return [`${base}${suffix}${kind === 'counter' ? '_total' : ''}`];
}

/** What can be asked: gauges, and increments of counters and histograms. */
const stored = new Map(
  Object.entries(METRICS).flatMap(([metric, definition]) =>
    storedNames(metric, definition).map((name): [string, string] =>
      definition.kind === 'gauge' ? [name, metric] : [incrementsOf(name), metric],
    ),
  ),
);

function incrementsOf(counter: string): string {
  return `increments_${counter.replace(/_total$/, '')}`;
}

/** Labels of each metric: those of its owner and those that the projection gives it. */
const labels = new Map<string, Set<string>>();
const resourceLabels = Object.keys(toResource(OWNER, 'agent-monitor', 'i')).map(asLabel);
for (const metric of Object.keys(METRICS)) {
  labels.set(
    metric,
    new Set(isSampleMetric(metric) ? [...resourceLabels, ...SAMPLE_LABELS] : resourceLabels),
  );
}
for (const label of ['session_id', 'state']) labels.get('agent.session.info')?.add(label);
const data = {
  error_type: '429',
  action: 'shell',
  decision: 'accept',
  decision_source: 'config',
  ttft_ms: 1,
  context_window_tokens: 10,
  query_source: 'main',
  subagent: 's',
  skill: 's',
  plugin: 'p',
  mcp_server: 'm',
  mcp_tool: 't',
  effort: 'high',
  speed: 'fast',
  kind: 'compaction',
  trigger: 'auto',
  file_operation: 'read',
  rule: 'r',
};
const whole = {
  key: 'k',
  name: 'n',
  inputTokens: 1,
  costNanoUsd: 1,
  costSource: 'reported',
  durationMs: 1,
} as const;
const increments = [
  ...(
    [
      'session',
      'run',
      'api',
      'tool',
      'decision',
      'usage',
      'span',
      'commit',
      'pull_request',
    ] satisfies FactKind[]
  ).flatMap((kind) => toIncrements(makeFact({ ...whole, kind, outcome: 'success', data }))),
  ...toIncrements(makeFact({ ...whole, kind: 'event', eventType: 'guardrail.violation', data })),
  ...toIncrements(makeFact({ ...whole, kind: 'event', eventType: 'error', outcome: 'error', data })),
  ...toIncrements(
    makeFact({
      ...whole,
      kind: 'event',
      eventType: 'feedback',
      data: { score: 4, feedback_source: 'person' },
    }),
  ),
  ...TALLY_MEASURES.map((measure) => tallyIncrement(measure, 1)),
];
for (const { metric, attributes } of increments) {
  for (const name of Object.keys(attributes)) labels.get(metric)?.add(asLabel(name));
}

const event = makeEvent({ id: 'e', type: 'error', tsMs: 0, correlation: { sessionId: 's', runId: 'r' } });
const OWNER_OF_EVENT = { instanceId: 'i', historyAfterMs: 1 };
/** Every field that the catalogue of events knows, as Loki names it. */
const recordLabels = Object.entries(EVENT_CATALOGUE).flatMap(([type, { payload }]) => {
  const told = Object.fromEntries(Object.keys(payload.shape).map((key) => [key, 'x']));
  const record = toLogRecord(
    { ...event, type, payload: told, journalSeq: 1, receivedMs: 0 },
    makeFact({ key: 'e', kind: 'api', outcome: 'error', costNanoUsd: 1, durationMs: 1, data: told }),
    OWNER,
    OWNER_OF_EVENT,
  );
  return [
    ...Object.keys({ ...record.resource, ...record.attributes }).map(asLabel),
    'severity_text',
    'trace_id',
  ];
});

/** Every field of records of places, as Loki names it. */
const placeLabels = Object.keys(
  toPlaceRecord(
    { id: 'a', name: 'x', isSession: true, path: [1], beganMs: 1, version: 1 },
    { ...OWNER, id: 's' },
    'i',
    1,
  ).attributes,
).map(asLabel);

/** Every field of accounts of sessions, as Loki names it. */
const accountLabels = Object.keys({
  ...toResource(OWNER, 'agent-monitor-sessions', 'i'),
  ...toAccountRecord(
    {
      ...{ sessionId: 's', subagent: 'x', model: 'x', resource: {}, isTurn: false },
      ...{ fromMs: 0, firstMs: 0, lastMs: 1 },
      figures: Object.fromEntries([...ACCOUNT_SUMS, ...ACCOUNT_PEAKS].map((name) => [name, 1])),
    },
    1,
    1,
  ).attributes,
  ...toBypassRecord({ mode: 'x', ms: 1, endMs: 1 }, { ...OWNER, id: 's' }, 'i', 1).attributes,
}).map(asLabel);

function asLabel(attribute: string): string {
  return attribute.replaceAll('.', '_');
}

describe('every PromQL query', () => {
  it.each(promql.map((query) => [query.where, query] as const))('%s is valid', (_, { store, expr }) => {
    expect(parsePromql(fillIn(store, expr, FILL_IN)).errors).toEqual([]);
  });

  it.each(ofAgents.map((query) => [query.where, query] as const))(
    '%s names metrics and labels of the catalogue alone',
    (_, { store, expr }) => {
      const { selections, grouping } = parsePromql(fillIn(store, expr, FILL_IN));
      expect(selections).not.toEqual([]);
      for (const selection of selections) {
        const known = labels.get(stored.get(selection.metric) ?? '');
        expect([...stored.keys()]).toContain(selection.metric);
        expect([...(known ?? []), 'le']).toEqual(expect.arrayContaining([...selection.labels, ...grouping]));
      }
    },
  );

  it.each(ofAgents.map((query) => [query.where, query] as const))(
    '%s is filtered by project, agent and host, and by model where there is one',
    (_, { store, expr }) => {
      for (const { metric, labels: matched } of parsePromql(fillIn(store, expr, FILL_IN)).selections) {
        const byModel = labels.get(stored.get(metric) ?? '')?.has('gen_ai_request_model') ?? false;
        const wanted = ['project', 'agent', 'host_name', ...(byModel ? ['gen_ai_request_model'] : [])];
        expect(matched).toEqual(expect.arrayContaining(wanted));
      }
    },
  );

  it.each(ofAgents.map((query) => [query.where, query] as const))(
    '%s reads counters through the helper for totals alone',
    (_, { store, expr }) => {
      for (const { metric, takenBy } of parsePromql(fillIn(store, expr, FILL_IN)).selections) {
        const name = stored.get(metric) as keyof typeof METRICS;
        if (METRICS[name].kind !== 'gauge') expect(takenBy).toBe('sum_over_time');
      }
    },
  );

  it.each(promql.map((query) => [query.where, query] as const))(
    '%s spans the range where it is asked once, and a step where it is asked in steps',
    (_, { kind, expr }) => {
      expect(expr).not.toContain(kind === 'now' ? '$__interval' : '$__range');
    },
  );
});

describe('every PromQL query of what the stack says of itself', () => {
  it.each(ofStack.map((query) => [query.where, query] as const))(
    '%s names metrics and labels that are there',
    (_, { store, expr }) => {
      const { selections, grouping } = parsePromql(fillIn(store, expr, FILL_IN));
      for (const { metric, labels: matched } of selections) {
        expect(self).toContain(metric);
        expect(SELF_LABELS).toEqual(expect.arrayContaining([...matched, ...grouping]));
      }
    },
  );

  it.each(ofStack.map((query) => [query.where, query] as const))(
    '%s reads counters, which begin anew with their process, through increase() and rate() alone',
    (_, { store, expr }) => {
      for (const { metric, takenBy } of parsePromql(fillIn(store, expr, FILL_IN)).selections) {
        expect([metric, ['increase', 'rate'].includes(takenBy)]).toEqual([metric, isOwnCounter(metric)]);
      }
    },
  );
});

describe('every LogQL query', () => {
  it.each(logql.map((query) => [query.where, query] as const))('%s is valid', (_, { store, expr }) => {
    expect(parseLogql(fillIn(store, expr, FILL_IN)).errors).toEqual([]);
  });

  it.each(ofEvents.map((query) => [query.where, query] as const))(
    '%s selects by index labels and filters by what records have, without parsing their text',
    (_, { store, expr }) => {
      const { selections, grouping, stages } = parseLogql(fillIn(store, expr, FILL_IN));
      const filters = selections.at(-1);
      for (const streams of selections.slice(0, -1)) expect(streams.labels).toEqual(INDEX_LABELS);
      const known = expr.includes('{service_name="agent-monitor-sessions"')
        ? accountLabels
        : [...recordLabels, ...placeLabels];
      const unwrapped = [...expr.matchAll(/\| unwrap (\w+)/g)].map(([, field]) => field ?? '');
      const made = [...expr.matchAll(/\| label_format (\w+)=/g)].map(([, field]) => field ?? '');
      const used = [...(filters?.labels ?? []), ...grouping, ...unwrapped];
      expect([...known, ...made]).toEqual(expect.arrayContaining(used));
      expect(filters?.labels).toEqual(expect.arrayContaining(['host_name', 'session_id']));
      for (const stage of stages)
        expect(['LabelFilter', 'LineFormatExpr', 'LabelFormatExpr']).toContain(stage);
    },
  );

  it('asks for notable events where the bridge tells them once more, and there for no others', () => {
    const annotations = [...dashboards().values()].flatMap(({ annotations: { list } }) =>
      list.map(({ target }) => target.expr),
    );
    const asked = [...logql.map(({ expr }) => expr), ...annotations].filter((expr) =>
      expr.includes('{service_name="agent-monitor-notable"'),
    );
    const named = asked.map((expr) => / event_name=~?"([^"]+)"/.exec(expr)?.[1] ?? `no name: ${expr}`);
    const types = new Set(named.flatMap((names) => names.split('|')));
    const example = { decision: 'reject', pre_tokens: 1, error_type: '429' };
    const isTold = (type: string): boolean => {
      const told = { ...event, type: type.replace('.*', '.snapshot'), payload: example, journalSeq: 1 };
      const fact = makeFact({ key: 'e', kind: 'api', data: example });
      return notableCopy(toLogRecord({ ...told, receivedMs: 0 }, fact, OWNER, OWNER_OF_EVENT)) !== null;
    };
    expect(types.size).toBeGreaterThan(10);
    // Told nowhere else: it is no event.
    expect([...types].filter((type) => type !== PLACE_RECORD && !isTold(type))).toEqual([]);
    expect(isTold('run.end')).toBe(false);
  });

  it.each(logql.map((query) => [query.where, query] as const))(
    '%s spans the range where it is asked once, and a step where it is asked in steps',
    (_, { kind, expr }) => {
      const spans = [...expr.matchAll(/\[([^\]]+)\]/g)].map(([, span]) => span);
      expect([...new Set(spans)]).toEqual({ now: ['$__range'], 'over time': ['$__auto'], records: [] }[kind]);
    },
  );
});

describe('every query', () => {
  it.each(queries.map((query) => [query.where, query] as const))(
    '%s has session ids in its groups only where sessions are the question, and never over a range in Prometheus',
    (_, query) => {
      const { grouping } = query.store === 'loki' ? parseLogql(query.expr) : parsePromql(query.expr);
      if (!grouping.includes('session_id')) return;
      if (query.store === 'prometheus') expect(query.expr).not.toContain('[');
      else expect(query.where).toMatch(/^(sessions|session-timeline|context|guardrails|coding)\.json/);
    },
  );

  it('leaves no variable behind when filled in', () => {
    for (const { store, expr } of queries) expect(fillIn(store, expr, FILL_IN)).not.toContain('$');
  });
});

describe('every variable', () => {
  it('is filled from metrics and labels of the catalogue', () => {
    for (const [, dashboard] of dashboards()) {
      for (const { selector, label } of variableQueries(dashboard)) {
        const text = fillIn('prometheus', selector, FILL_IN);
        expect(parsePromql(text).errors).toEqual([]);
        const metrics = text.match(/\bagent_\w+/g) ?? [];
        expect(metrics).not.toEqual([]);
        for (const metric of metrics)
          for (const name of [stored.get(metric), stored.get(incrementsOf(metric))].filter(
            (name) => name !== undefined,
          ))
            expect([...(labels.get(name) ?? [])]).toContain(label);
      }
    }
  });
});
