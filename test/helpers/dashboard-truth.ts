/** What each query of the dashboards must answer, worked out from what happened. */

import { traceIdOf } from '../../otel-bridge/projections/ids.ts';
import { metricDefinition } from '../../otel-bridge/projections/metric-catalogue.ts';
import {
  type AgentIdentity,
  type Observation,
  type Observed,
  type OwnedEvent,
  WINDOW_TOKENS,
  type Workload,
} from './agent-workload.ts';
import { type Figure, MACHINES, type Machine } from './machine-workload.ts';
import { IDLE_END_MS } from './virtual-bridge.ts';

/** Prometheus looks back this far for the value of now, ms. */
const STALE_MS = 300_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What is asked: a range (start excluded, end included) and selected variables. */
export interface Question {
  readonly fromMs: number;
  readonly toMs: number;
  readonly selected: Readonly<Record<string, readonly string[]>>;
  /** Of queries over time. @default the whole range */
  readonly stepMs?: number;
}

/** What happened, and when the bridge exported metrics and was told samples. */
export interface World {
  readonly workload: Workload;
  readonly exportsMs: readonly number[];
  readonly samplesMs: readonly number[];
}

/** Values by labels (`labelKey`); what is not in it must be 0 or absent. */
export type Answer = ReadonlyMap<string, number>;

/** Key of a set of labels. An empty label is none. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  const named = Object.entries(labels).filter(([name, value]) => name !== '__name__' && value !== '');
  return named
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/**
 * The right answer to a query. Of a query over time it is the sum of all steps; where that is not what happened in the
 * whole range (`PER_STEP`), steps have to begin and end in quiet moments.
 * @param query file, panel id and query: `overview.json 4A`.
 * @returns undefined where nobody wrote down what it must answer.
 */
export function rightAnswer(query: string, question: Question, world: World): Answer | undefined {
  return RIGHT[query]?.({ ...question, ...world });
}

type Scene = Question & World;
type Truth = (scene: Scene) => Answer;
type Condition = (observation: Observation) => boolean;

const OWNER = ['project', 'agent'];
const SESSION = ['session_id', ...OWNER];
const RUN = ['session_id', 'run_id', 'trace_id'];
const MODEL = 'gen_ai_request_model';
const TOOL = 'gen_ai_tool_name';
const VM = [...OWNER, 'vm_name', 'host_name'];
const CONTAINER = [...OWNER, 'container_name', 'host_name'];

const is =
  (label: string, ...values: readonly string[]): Condition =>
  ({ labels }) =>
    values.includes(labels[label] ?? '');
const has =
  (label: string): Condition =>
  ({ labels }) =>
    labels[label] !== undefined;
const failed: Condition = ({ labels }) =>
  labels.error_type !== undefined || ['failure', 'error'].includes(labels.agent_outcome ?? '');
/** What was refused did not. */
const ran: Condition = ({ labels }) => labels.agent_outcome !== 'rejected';
const asksNobody: Condition = is('to_mode', 'bypassPermissions');

/** Of counters: they know no sessions. */
const counted =
  (what: Observed, by: readonly string[] = [], where?: Condition): Truth =>
  (scene) =>
    sum(withoutSession(scene), what, by, where);
/** Of events: the variable Model does not apply to them. */
const told =
  (what: Observed, by: readonly string[] = [], where?: Condition): Truth =>
  (scene) =>
    sum(allModels(scene), what, by, where);
const largest =
  (what: Observed, by: readonly string[] = [], times = 1): Truth =>
  (scene) =>
    peak(observed(allModels(scene), what), by, times);
const share =
  (part: Truth, whole: Truth, times = 1): Truth =>
  (scene) =>
    ratio(part(scene), whole(scene), times);
/** The sum of what is true of each step. */
const perStep =
  (truth: Truth): Truth =>
  (scene) => {
    const { fromMs, toMs, stepMs = toMs - fromMs } = scene;
    const sums = new Map<string, number>();
    for (let endMs = fromMs + stepMs; endMs <= toMs; endMs += stepMs) {
      for (const [key, value] of truth({ ...scene, fromMs: endMs - stepMs, toMs: endMs }))
        sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  };
/** Machines' gauge at the end of the range, the largest of each group. */
const newest =
  (metric: string, by: readonly string[]): Truth =>
  (scene) =>
    maxOf(figuresNow(scene, metric), by);
/** How many of machines' gauges there are by value. */
const howMany =
  (metric: string, value: number): Truth =>
  (scene) =>
    new Map([['', figuresNow(scene, metric).filter((figure) => figure.value === value).length]]);

/** How many values of a histogram there are up to each of its bounds. */
const upToBounds =
  (what: Observed, metric: HistogramName): Truth =>
  (scene) => {
    const found = observed(withoutSession(scene), what, ran);
    return new Map(
      [...boundsOf(metric), Infinity].map((bound) => [
        labelKey({ le: bound === Infinity ? '+Inf' : `${bound}` }),
        found.filter(({ value }) => value <= bound).length,
      ]),
    );
  };

const TOTAL = counted('tool');
const FAILED = counted('tool', [], failed);
const TOOLS = counted('tool', [TOOL]);
const FAILED_TOOLS = counted('tool', [TOOL], failed);
const tokens = (type: string): Truth => counted('tokens', [MODEL], is('gen_ai_token_type', type));
const VERDICTS = {
  allowed: is('decision', 'allow'),
  denied: is('decision', 'deny'),
} as const;

const TOOL_TIMES = ['tool seconds', 'agent.tool.call.duration'] as const;
const CONTEXT_SHARES = ['context share', 'agent.context.utilization'] as const;
const CACHE_SHARE = share(
  counted('tokens', [], is('gen_ai_token_type', 'cache_read')),
  counted('tokens', [], is('gen_ai_token_type', 'input', 'cache_read', 'cache_creation')),
);

const AT_ONCE: Readonly<Record<string, Truth>> = {
  'overview.json 1A': activeSessions,
  'overview.json 2A': counted('session'),
  'overview.json 3A': counted('run'),
  'overview.json 3B': counted('run', [], failed),
  'overview.json 4A': counted('cost'),
  'overview.json 5A': counted('tokens'),
  'overview.json 6A': counted('call'),
  'overview.json 6B': counted('call', [], failed),
  'overview.json 7A': TOTAL,
  'overview.json 7B': FAILED,
  'overview.json 8A': counted('error'),
  'overview.json 9A': counted('cost', OWNER),
  'overview.json 10A': counted('tokens', ['gen_ai_token_type']),
  'overview.json 11A': counted('session', OWNER),
  'overview.json 11B': counted('run', OWNER),
  'overview.json 11C': counted('cost', OWNER),
  'overview.json 11D': counted('tokens', OWNER),
  'overview.json 11E': counted('call', OWNER),
  'overview.json 11F': counted('call', OWNER, failed),
  'overview.json 11G': counted('tool', OWNER),
  'overview.json 11H': counted('tool', OWNER, failed),
  'overview.json 11I': (scene) => lastEvents(scene, OWNER),
  'overview.json 12A': counted('cost', [MODEL]),
  'overview.json 12B': tokens('input'),
  'overview.json 12C': tokens('output'),
  'overview.json 12D': tokens('cache_read'),
  'overview.json 12E': tokens('cache_creation'),
  'overview.json 13A': TOOLS,
  'overview.json 13B': FAILED_TOOLS,
  'overview.json 13C': share(FAILED_TOOLS, TOOLS),
  'overview.json 13D': share(counted('tool seconds', [TOOL], ran), counted('tool ended', [TOOL], ran)),
  'overview.json 14A': counted('call', ['error_type'], failed),
  'overview.json 15A': counted('error', ['agent_error_kind']),
  'overview.json 17A': counted('cost'),
  'overview.json 18A': counted('cost'),
  'overview.json 19A': (scene) => knownSessions(scene, ['state']),
  'overview.json 20A': fullestContexts,
  'overview.json 21A': (scene) =>
    knownSessions(scene, [...SESSION, 'host_name', 'state'], ({ state }) => state !== 'ended'),

  'sessions.json 1A': counted('session'),
  'sessions.json 2A': (scene) => knownSessions(scene, ['state']),
  'sessions.json 3A': counted('run'),
  'sessions.json 3B': counted('run', [], failed),
  'sessions.json 4A': TOTAL,
  'sessions.json 4B': FAILED,
  'sessions.json 5A': told('cost'),
  'sessions.json 6A': (scene) => eventTimes(scene, SESSION, Math.min),
  'sessions.json 6B': (scene) => eventTimes(scene, SESSION, Math.max),
  'sessions.json 6C': told('run', SESSION),
  'sessions.json 6D': told('call', SESSION),
  'sessions.json 6E': told('tool ended', SESSION),
  'sessions.json 6F': told('tool ended', SESSION, failed),
  'sessions.json 6G': told('cost', SESSION),
  'sessions.json 6H': largest('prompt size', SESSION),
  'sessions.json 6I': told('lines', SESSION, is('type', 'added')),
  'sessions.json 6J': told('lines', SESSION, is('type', 'removed')),
  'sessions.json 7A': told('call', ['session_id', 'subagent'], has('subagent')),
  'sessions.json 7B': told('cost', ['session_id', 'subagent'], has('subagent')),
  'sessions.json 8A': told('child session', ['parent_session_id', 'session_id', 'agent']),
  'sessions.json 9A': counted('run', ['agent_outcome']),
  'sessions.json 10A': counted('cost', ['agent']),
  'sessions.json 12A': counted('judgement', ['agent_feedback_score', 'agent_feedback_source']),
  'sessions.json 11A': counted('seconds at work', ['type']),

  'session-timeline.json 1A': wholeTime,
  'session-timeline.json 2A': told('run'),
  'session-timeline.json 2B': told('run', [], failed),
  'session-timeline.json 3A': told('tool ended'),
  'session-timeline.json 3B': told('tool ended', [], failed),
  'session-timeline.json 4A': told('cost'),
  'session-timeline.json 5A': largest('prompt size'),
  'session-timeline.json 7A': eventCounts,
  'session-timeline.json 8A': told('tool ended', [TOOL]),
  'session-timeline.json 10A': told('cost', [MODEL]),
  'session-timeline.json 11A': (scene) => eventTimes(scene, RUN, Math.min),
  'session-timeline.json 11B': told('tool ended', RUN),
  'session-timeline.json 11C': told('tool ended', RUN, failed),
  'session-timeline.json 11D': told('cost', RUN),
  'session-timeline.json 12A': subagentPlaces,
  'session-timeline.json 12B': (scene) => byAgent(scene, 'call'),
  'session-timeline.json 12C': (scene) => byAgent(scene, 'cost'),
  'session-timeline.json 13A': told('decision', [TOOL, 'decision', 'decision_source']),
  'session-timeline.json 14A': largest('tool seconds', [TOOL], 1000),
  'session-timeline.json 14B': told('tool ended', [TOOL]),

  'cost.json 1A': counted('cost'),
  'cost.json 2A': counted('cost'),
  'cost.json 3A': counted('cost'),
  'cost.json 4A': forecast,
  'cost.json 5A': CACHE_SHARE,
  'cost.json 6A': share(counted('cost'), counted('commit')),
  'cost.json 7A': share(counted('cost'), counted('lines'), 100),
  'cost.json 8A': told('unpriced call'),
  'cost.json 9A': counted('cost', [MODEL]),
  'cost.json 10A': counted('tokens', ['gen_ai_token_type']),
  'cost.json 12A': counted('cost', ['project']),
  'cost.json 13A': counted('cost', ['agent']),
  'cost.json 14A': counted('cost', ['agent_query_source'], has('query_source')),
  'cost.json 15A': counted('cost', ['agent_subagent'], has('subagent')),
  'cost.json 16A': counted('cost', ['agent_skill'], has('skill')),
  'cost.json 17A': counted('cost', ['agent_mcp_server'], has('mcp_server')),
  'cost.json 18A': counted('cost', ['agent_effort'], has('effort')),
  'cost.json 19A': counted('cost', [MODEL]),
  'cost.json 19B': tokens('input'),
  'cost.json 19C': tokens('output'),
  'cost.json 19D': tokens('cache_read'),
  'cost.json 19E': tokens('cache_creation'),
  'cost.json 20A': told('unpriced call', [MODEL]),
  'cost.json 20B': told('unpriced tokens', [MODEL]),

  'coding.json 1A': counted('lines', [], is('type', 'added')),
  'coding.json 1B': counted('lines', [], is('type', 'removed')),
  'coding.json 2A': counted('commit'),
  'coding.json 3A': counted('pull request'),
  'coding.json 4A': counted('file operation'),
  'coding.json 5A': TOTAL,
  'coding.json 5B': FAILED,
  'coding.json 6A': share(FAILED, TOTAL),
  'coding.json 7A': counted('lines', ['type']),
  'coding.json 8A': counted('file operation', ['operation']),
  'coding.json 9A': counted('commit', OWNER),
  'coding.json 9B': counted('pull request', OWNER),
  'coding.json 10A': TOOLS,
  'coding.json 11A': FAILED_TOOLS,
  'coding.json 12A': upToBounds(...TOOL_TIMES),
  'coding.json 14A': TOOLS,
  'coding.json 14B': FAILED_TOOLS,
  'coding.json 14C': share(FAILED_TOOLS, TOOLS),
  'coding.json 14D': (scene) => quantiles(0.5, scene, ...TOOL_TIMES, [TOOL]),
  'coding.json 14E': (scene) => quantiles(0.95, scene, ...TOOL_TIMES, [TOOL]),
  'coding.json 15A': counted('tool', [TOOL, 'agent'], failed),
  'coding.json 16A': counted('decision', ['agent_decision', 'agent_decision_source']),
  'coding.json 17A': counted('decision', [...OWNER, TOOL, 'agent_decision', 'agent_decision_source']),
  'coding.json 18A': told('mode change', [...OWNER, 'from_mode', 'to_mode', 'trigger']),
  'coding.json 20A': (scene) => sumOf(bypassTimes(scene), []),
  'coding.json 21A': (scene) => sumOf(bypassTimes(scene), [...SESSION, 'permission_mode']),

  'context.json 1A': fullestContexts,
  'context.json 2A': (scene) => quantiles(0.5, scene, ...CONTEXT_SHARES),
  'context.json 2B': (scene) => quantiles(0.95, scene, ...CONTEXT_SHARES),
  'context.json 3A': largest('prompt size'),
  'context.json 4A': counted('compaction'),
  'context.json 5A': upToBounds(...CONTEXT_SHARES),
  'context.json 8A': counted('compaction', ['trigger']),
  'context.json 9A': told('compaction', SESSION),
  'context.json 9B': largest('tokens before compaction', SESSION),
  'context.json 9C': largest('tokens after compaction', SESSION),
  'context.json 10A': told('file tokens in', ['project', 'file_path']),
  'context.json 11A': told('file tokens in', ['project', 'file_path']),
  'context.json 11B': told('file tokens out', ['project', 'file_path']),

  'machines.json 1A': howMany('libvirt.domain.state.code', 1),
  'machines.json 1B': howMany('libvirt.domain.state.code', 5),
  'machines.json 1C': howMany('libvirt.domain.state.code', 6),
  'machines.json 2A': howMany('container.running', 1),
  'machines.json 3A': howMany('openclaw.gateway.up', 0),
  'machines.json 4A': howMany('agent_monitor.guest.service.up', 0),
  'machines.json 5A': blindSamplers,
  'machines.json 6A': newest('libvirt.domain.state.code', VM),
  'machines.json 6B': newest('libvirt.domain.cpu.utilization', VM),
  'machines.json 6C': newest('libvirt.domain.vcpu.count', VM),
  'machines.json 6D': newest('libvirt.domain.memory.balloon', VM),
  'machines.json 6E': newest('libvirt.domain.memory.used', VM),
  // As the guest tells it, else as libvirt does.
  'machines.json 6F': (scene) =>
    new Map([...newest('libvirt.domain.uptime', VM)(scene), ...newest('system.uptime', VM)(scene)]),
  'machines.json 11A': (scene) => grown(scene, 'libvirt.domain.disk.io', ['vm_name', 'disk_direction']),
  'machines.json 12A': (scene) => grown(scene, 'libvirt.domain.network.io', ['vm_name', 'network_direction']),
  'machines.json 13A': (scene) => {
    const by = ['vm_name', 'mountpoint'];
    const all = figuresNow(scene, 'system.filesystem.usage');
    const used = all.filter(({ labels }) => labels.state === 'used');
    return ratio(sumOf(used, by), sumOf(all, by));
  },
  'machines.json 14A': newest('container.running', CONTAINER),
  'machines.json 14B': newest('container.memory.usage', CONTAINER),
  'machines.json 14C': newest('container.memory.limit', CONTAINER),
  'machines.json 14D': newest('container.restarts', CONTAINER),
  'machines.json 14E': newest('container.oom_killed', CONTAINER),
  'machines.json 15A': (scene) => grown(scene, 'container.cpu.time', ['container_name']),

  'guardrails.json 1A': counted('violation'),
  'guardrails.json 2A': told('violation', [], is('action', 'deny')),
  'guardrails.json 3A': counted('decision', [], is('decision', 'reject')),
  'guardrails.json 4A': told('mode change', [], asksNobody),
  'guardrails.json 5A': told('refusal'),
  'guardrails.json 6A': counted('violation', ['agent_guardrail_rule']),
  'guardrails.json 7A': counted('decision', ['agent_decision_source'], is('decision', 'reject')),
  'guardrails.json 8A': told('violation', [...SESSION, 'rule', 'action', TOOL]),
  'guardrails.json 9A': told('decision', [...SESSION, TOOL, 'decision_source'], is('decision', 'reject')),

  'egress.json 1A': told('egress', [], VERDICTS.allowed),
  'egress.json 2A': told('egress', [], VERDICTS.denied),
  'egress.json 3A': told('egress', ['decision']),
  'egress.json 4A': told('egress', ['host', ...OWNER]),
  'egress.json 4B': told('egress', ['host', ...OWNER], VERDICTS.denied),

  'stack-health.json 7A': (scene) => {
    const last = lastEvents(scene, [...OWNER, 'host_name']);
    return new Map([...last].map(([key, atMs]) => [key, (scene.toMs - atMs) / 1000]));
  },
  'stack-health.json 7B': (scene) => lastEvents(scene, [...OWNER, 'host_name']),
};

const BY_STEP: Readonly<Record<string, Truth>> = {
  'session-timeline.json 6A': perStep((scene) => oneOf(knownSessions(scene, ['session_id', 'state']))),
  'session-timeline.json 9A': perStep(largest('prompt size', ['session_id'])),
  'cost.json 11A': perStep(CACHE_SHARE),
  'coding.json 13A': perStep((scene) => quantiles(0.5, scene, ...TOOL_TIMES)),
  'coding.json 13B': perStep((scene) => quantiles(0.95, scene, ...TOOL_TIMES)),
  'context.json 6A': perStep(fullestContexts),
  'context.json 7A': perStep(largest('prompt size', ['session_id'])),
  'machines.json 7A': perStep(newest('libvirt.domain.state.code', ['vm_name'])),
  'machines.json 8A': perStep(newest('libvirt.domain.cpu.utilization', ['vm_name'])),
  'machines.json 9A': perStep(newest('libvirt.domain.memory.used', ['vm_name'])),
  'machines.json 10A': perStep(newest('system.cpu.load_average.1m', ['vm_name'])),
};

const RIGHT: Readonly<Record<string, Truth>> = { ...AT_ONCE, ...BY_STEP };

/** Queries whose right answer is known. */
export const ANSWERED: ReadonlySet<string> = new Set(Object.keys(RIGHT));

/** Those of which the sum of all steps depends on the steps. */
export const PER_STEP: ReadonlySet<string> = new Set(Object.keys(BY_STEP));

type HistogramName = 'agent.tool.call.duration' | 'agent.context.utilization';

function boundsOf(metric: HistogramName): readonly number[] {
  const { bounds } = metricDefinition(metric);
  if (bounds === undefined) throw new Error(`"${metric}" has no bounds, expected a histogram`);
  return bounds;
}

/** 1 wherever there is anything. */
function oneOf(answer: Answer): Answer {
  return new Map([...answer.keys()].map((key) => [key, 1]));
}

function allModels(scene: Scene): Scene {
  const { model: _, ...selected } = scene.selected;
  return { ...scene, selected };
}

function withoutSession(scene: Scene): Scene {
  const { session: _, ...selected } = scene.selected;
  return { ...scene, selected };
}

function isSelected(
  { selected }: Question,
  { project, agent, host }: Pick<AgentIdentity, 'project' | 'agent' | 'host'>,
  session?: string,
): boolean {
  const values = { project, agent, host, session };
  return Object.entries(values).every(
    ([name, value]) => value === undefined || (selected[name]?.includes(value) ?? true),
  );
}

const byKind = new WeakMap<Workload, Map<Observed, Observation[]>>();

function observed(scene: Scene, what: Observed, where: Condition = () => true): Observation[] {
  const { fromMs, toMs, selected, workload } = scene;
  let kinds = byKind.get(workload);
  if (kinds === undefined) {
    kinds = Map.groupBy(workload.observations, (observation) => observation.what);
    byKind.set(workload, kinds);
  }
  return (kinds.get(what) ?? []).filter(
    (observation) =>
      observation.atMs > fromMs &&
      observation.atMs <= toMs &&
      isSelected(scene, observation, observation.sessionId) &&
      (observation.labels[MODEL] === undefined ||
        (selected.model?.includes(observation.labels[MODEL]) ?? true)) &&
      where(observation),
  );
}

type Labels = Readonly<Record<string, string>>;
/** A number and all labels that it has. */
interface Labelled {
  readonly value: number;
  readonly labels: Labels;
}

function keyOf(labels: Labels, by: readonly string[]): string {
  return labelKey(Object.fromEntries(by.map((name) => [name, labels[name] ?? ''])));
}

function allLabels({ project, agent, host, sessionId, runId, labels }: Observation): Labels {
  return { ...labels, ...ownLabels({ project, agent, host }), ...idLabels(sessionId, runId) };
}

function ownLabels({ project, agent, host }: Pick<AgentIdentity, 'project' | 'agent' | 'host'>): Labels {
  return { project, agent, host_name: host };
}

function idLabels(sessionId: string, runId: string | undefined): Labels {
  return {
    session_id: sessionId,
    ...(runId === undefined ? {} : { run_id: runId, trace_id: traceIdOf(sessionId, runId, null) }),
  };
}

function sum(scene: Scene, what: Observed, by: readonly string[], where?: Condition): Answer {
  const found = observed(scene, what, where);
  return sumOf(
    found.map((observation) => ({ value: observation.value, labels: allLabels(observation) })),
    by,
  );
}

function sumOf(values: readonly Labelled[], by: readonly string[]): Answer {
  return folded(values, by, (a, b) => a + b);
}

function maxOf(values: readonly Labelled[], by: readonly string[]): Answer {
  return folded(values, by, Math.max);
}

function folded(
  values: readonly Labelled[],
  by: readonly string[],
  fold: (a: number, b: number) => number,
): Answer {
  const folds = new Map<string, number>();
  for (const { value, labels } of values) {
    const key = keyOf(labels, by);
    const known = folds.get(key);
    folds.set(key, known === undefined ? value : fold(known, value));
  }
  return folds;
}

function peak(found: readonly Observation[], by: readonly string[], times: number): Answer {
  const values = found.map((observation) => ({
    value: observation.value * times,
    labels: allLabels(observation),
  }));
  return maxOf(values, by);
}

function ratio(part: Answer, whole: Answer, times = 1): Answer {
  return new Map([...whole].map(([key, value]) => [key, (times * (part.get(key) ?? 0)) / value]));
}

/** What `histogram_quantile` makes of values: linear within the bucket in which the quantile lies. */
function quantiles(
  quantile: number,
  scene: Scene,
  what: Observed,
  metric: HistogramName,
  by: readonly string[] = [],
): Answer {
  const bounds = boundsOf(metric);
  const found = observed(withoutSession(scene), what, ran);
  const groups = Map.groupBy(found, (observation) => keyOf(allLabels(observation), by));
  return new Map(
    [...groups].map(([key, group]) => {
      const rank = quantile * group.length;
      const upTo = (bound: number): number => group.filter(({ value }) => value <= bound).length;
      const index = bounds.findIndex((bound) => upTo(bound) >= rank);
      // Beyond the last bound nothing is known.
      if (index === -1) return [key, bounds.at(-1) ?? 0];
      const lower = index === 0 ? 0 : (bounds[index - 1] ?? 0);
      const upper = bounds[index] ?? 0;
      const below = index === 0 ? 0 : upTo(lower);
      return [key, lower + ((upper - lower) * (rank - below)) / (upTo(upper) - below)];
    }),
  );
}

/** The newest export up to the end of the range, if it is not older than `maxAgeMs`. */
function newestExport({ exportsMs, toMs }: Scene, maxAgeMs: number): number | undefined {
  return exportsMs.findLast((atMs) => atMs <= toMs && atMs > toMs - maxAgeMs);
}

/** A session as its events up to a moment tell of it. */
interface SessionAt {
  readonly id: string;
  readonly owner: AgentIdentity;
  readonly lastMs: number;
  readonly state: 'running' | 'waiting' | 'ended';
}

/** Sessions that the bridge knew when it exported last before the end of the range, and when that was. */
function sessionsNow(scene: Scene): { atMs: number; sessions: SessionAt[] } {
  const atMs = newestExport(scene, STALE_MS);
  if (atMs === undefined) return { atMs: 0, sessions: [] };
  const events = scene.workload.events.filter(({ tsMs }) => tsMs <= atMs);
  const sessions = [...Map.groupBy(events, ({ correlation }) => correlation.sessionId ?? '')].map(
    ([id, told]): SessionAt => {
      const last = told.at(-1) as OwnedEvent;
      const isOver = last.type === 'session.end' || last.tsMs <= atMs - IDLE_END_MS;
      const run = told.findLast(({ type }) => type === 'run.start' || type === 'run.end');
      const state = isOver ? 'ended' : run?.type === 'run.end' ? 'waiting' : 'running';
      return { id, owner: last.owner, lastMs: last.tsMs, state };
    },
  );
  return { atMs, sessions };
}

function activeSessions(scene: Scene): Answer {
  const active = sessionsNow(scene).sessions.filter(
    ({ owner, state }) => state !== 'ended' && isSelected(scene, owner),
  );
  return new Map([['', active.length]]);
}

/** Sessions of the last day. */
function knownSessions(
  scene: Scene,
  by: readonly string[],
  where: (session: SessionAt) => boolean = () => true,
): Answer {
  const { atMs, sessions } = sessionsNow(scene);
  const known = sessions.filter(
    (session) =>
      session.lastMs > atMs - DAY_MS && isSelected(scene, session.owner, session.id) && where(session),
  );
  return sumOf(
    known.map(({ id, owner, state }) => ({
      value: 1,
      labels: { ...ownLabels(owner), session_id: id, state },
    })),
    by,
  );
}

/** Share of the window that the last main call, or compaction, of the fullest running session left filled. */
function fullestContexts(scene: Scene): Answer {
  const { atMs, sessions } = sessionsNow(scene);
  const all = { ...scene, fromMs: 0, toMs: atMs, selected: {} };
  const mainCalls = observed(all, 'prompt size', is('query_source', 'main'));
  const filled = Map.groupBy(
    [...mainCalls, ...observed(all, 'tokens after compaction')].toSorted((a, b) => a.atMs - b.atMs),
    ({ sessionId }) => sessionId,
  );
  // Of which windows are known: compactions tell none.
  const known = new Set(mainCalls.map(({ sessionId }) => sessionId));
  const shares = sessions
    .filter(({ id, owner, state }) => state !== 'ended' && known.has(id) && isSelected(scene, owner))
    .map(({ id, owner }) => ({
      value: (filled.get(id)?.at(-1)?.value ?? 0) / WINDOW_TOKENS,
      labels: ownLabels(owner),
    }));
  return maxOf(shares, OWNER);
}

function eventsIn(scene: Scene): OwnedEvent[] {
  return scene.workload.events.filter(
    ({ tsMs, owner, correlation }) =>
      tsMs > scene.fromMs && tsMs <= scene.toMs && isSelected(scene, owner, correlation.sessionId),
  );
}

/** Unix ms of the first or last event by labels; by run, of what is part of one. */
function eventTimes(scene: Scene, by: readonly string[], better: (a: number, b: number) => number): Answer {
  const events = eventsIn(scene).filter(
    ({ correlation }) => correlation.runId !== undefined || !by.includes('run_id'),
  );
  const times = events.map(({ tsMs, owner, correlation: { sessionId = '', runId } }) => ({
    value: tsMs,
    labels: { ...ownLabels(owner), ...idLabels(sessionId, runId) },
  }));
  return folded(times, by, better);
}

/** Which agent of its session a model call is of. */
const agentOf = (of: Readonly<Record<string, unknown>>): string => String(of.subagent_id ?? 'main');

function byAgent(scene: Scene, what: 'call' | 'cost'): Answer {
  const calls = observed(allModels(scene), what, has('query_source'));
  return sumOf(
    calls.map(({ sessionId, labels, value }) => ({
      value,
      labels: { session_id: sessionId, subagent_id: agentOf(labels) },
    })),
    ['session_id', 'subagent_id'],
  );
}

/** An agent of a session, or a session that it began. */
interface Branch {
  readonly id: string;
  readonly title: string;
  readonly atMs: number;
  readonly isSession: boolean;
  /** Order of appearance; 0 = the main agent. */
  readonly number: number;
}

/** Agents of each session, and the sessions that it began. In this workload sub-agents begin no others. */
function branches(events: readonly OwnedEvent[]): Map<string, Branch[]> {
  const trees = new Map<string, Branch[]>();
  for (const { type, tsMs, payload, correlation } of events) {
    const { sessionId = '' } = correlation;
    const parent = payload.parent_session_id;
    if (type !== 'api.request' && parent === undefined) continue;
    const isSession = parent !== undefined;
    const id = isSession ? sessionId : agentOf(payload);
    const tree = trees.get(String(parent ?? sessionId)) ?? [];
    trees.set(String(parent ?? sessionId), tree);
    if (tree.some((branch) => branch.id === id)) continue;
    const isMain = id === 'main';
    const number = isMain ? 0 : tree.filter((branch) => branch.number > 0).length + 1;
    const title = isMain ? 'main agent' : `└ ${isSession ? 'session' : String(payload.subagent)}`;
    tree.push({ id, title, atMs: tsMs, isSession, number });
  }
  return trees;
}

/** Agents, and sessions begun by sessions, that appeared in the range, each told once in each tree that it is part of. */
function subagentPlaces(scene: Scene): Answer {
  const trees = branches(scene.workload.events);
  const owners = new Map(
    scene.workload.events.map(({ owner, correlation }) => [correlation.sessionId ?? '', owner]),
  );
  const places = new Map<string, number>();
  const place = (root: string, tree: readonly Branch[], above: readonly number[]): void => {
    for (const { id, title, atMs, isSession, number } of tree) {
      const path = [...above, number];
      const inner = (trees.get(id) ?? []).filter((branch) => branch.isSession);
      if (isSession) place(root, inner, path);
      if (atMs <= scene.fromMs || atMs > scene.toMs) continue;
      const labels = {
        session_id: root,
        subagent_id: id,
        subagent_path: path.map((part) => String(part).padStart(4, '0')).join('.'),
        subagent_tree: '\u2003'.repeat(above.length) + title,
        ...(isSession ? { child_session_id: id } : {}),
      };
      places.set(labelKey(labels), 1);
    }
  };
  for (const [root, tree] of trees) {
    const owner = owners.get(root);
    if (owner !== undefined && isSelected(allModels(scene), owner, root)) place(root, tree, []);
  }
  return places;
}

/** How long sessions were in bypass mode, ms: the parts of minutes that end in the range. */
function bypassTimes(scene: Scene): Labelled[] {
  const sessions = Map.groupBy(scene.workload.events, ({ correlation }) => correlation.sessionId ?? '');
  return [...sessions].flatMap(([session_id, events]) => {
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined || !isSelected(allModels(scene), first.owner, session_id))
      return [];
    const changes = events.filter(({ type }) => type === 'mode.change');
    const modes = [
      { fromMs: first.tsMs, mode: changes[0]?.payload.from_mode },
      ...changes.map(({ tsMs, payload }) => ({ fromMs: tsMs, mode: payload.to_mode })),
    ];
    return modes.flatMap(({ fromMs, mode }, index) => {
      if (mode !== 'bypassPermissions') return [];
      const toMs = modes[index + 1]?.fromMs ?? last.tsMs;
      const labels = { ...ownLabels(first.owner), session_id, permission_mode: mode };
      return minutesOf(fromMs, toMs)
        .filter(({ endMs }) => endMs > scene.fromMs && endMs <= scene.toMs)
        .map(({ value }) => ({ value, labels }));
    });
  });
}

/** A time cut at full minutes. */
function minutesOf(fromMs: number, toMs: number): { value: number; endMs: number }[] {
  if (fromMs >= toMs) return [];
  const endMs = Math.min(toMs, fromMs - (fromMs % MINUTE_MS) + MINUTE_MS);
  return [{ value: endMs - fromMs, endMs }, ...minutesOf(endMs, toMs)];
}

function eventCounts(scene: Scene): Answer {
  return sumOf(
    eventsIn(scene).map(({ type }) => ({ value: 1, labels: { event_name: type } })),
    ['event_name'],
  );
}

function wholeTime(scene: Scene): Answer {
  const times = eventsIn(scene).map(({ tsMs }) => tsMs);
  return new Map([['', times.length === 0 ? 0 : Math.max(...times) - Math.min(...times)]]);
}

/** Cost of the range, scaled to the month in which it ends. */
function forecast(scene: Scene): Answer {
  const end = new Date(scene.toMs);
  const days = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  const scale = (days * DAY_MS) / (scene.toMs - scene.fromMs);
  return new Map([...counted('cost')(scene)].map(([key, value]) => [key, value * scale]));
}

/** Unix ms of the newest event of each agent that the bridge told in the range. */
function lastEvents(scene: Scene, by: readonly string[]): Answer {
  const atMs = newestExport(scene, scene.toMs - scene.fromMs);
  if (atMs === undefined) return new Map();
  const events = scene.workload.events.filter(
    ({ tsMs, owner }) => tsMs <= atMs && isSelected({ ...scene, ...withoutSession(scene) }, owner),
  );
  return maxOf(
    events.map(({ tsMs, owner }) => ({ value: tsMs, labels: ownLabels(owner) })),
    by,
  );
}

function machineLabels({ kind, name, owner }: Machine, { attributes }: Figure): Labels {
  const told = Object.entries(attributes).map(([key, value]) => [key.replaceAll('.', '_'), value]);
  return {
    ...ownLabels(owner),
    [`${kind === 'vm' ? 'vm' : 'container'}_name`]: name,
    ...Object.fromEntries(told),
  };
}

function figuresAt(scene: Scene, metric: string, atMs: number): Labelled[] {
  return MACHINES.filter(({ owner }) => isSelected(scene, owner)).flatMap((machine) =>
    machine
      .figures(atMs)
      .filter((figure) => figure.metric === metric)
      .map((figure) => ({ value: figure.value, labels: machineLabels(machine, figure) })),
  );
}

/** Gauges of machines at the newest export before the end of the range. */
function figuresNow(scene: Scene, metric: string): Labelled[] {
  const exportedMs = newestExport(scene, STALE_MS);
  const sampledMs = scene.samplesMs.findLast((atMs) => atMs <= (exportedMs ?? 0));
  return sampledMs === undefined ? [] : figuresAt(scene, metric, sampledMs);
}

/** One of the samplers never can look; no project has it. */
function blindSamplers(scene: Scene): Answer {
  const { project, agent, host } = scene.selected;
  const isShown =
    newestExport(scene, STALE_MS) !== undefined && scene.samplesMs.some((ms) => ms <= scene.toMs);
  return new Map([['', isShown && (project ?? agent ?? host) === undefined ? 1 : 0]]);
}

/** By how much counters of machines rose, from reading to reading. */
function grown(scene: Scene, metric: string, by: readonly string[]): Answer {
  const steps = scene.samplesMs.flatMap((atMs, index) => {
    const beforeMs = scene.samplesMs[index - 1];
    if (beforeMs === undefined || atMs <= scene.fromMs || atMs > scene.toMs) return [];
    const before = figuresAt(scene, metric, beforeMs);
    return figuresAt(scene, metric, atMs).map(({ value, labels }, place) => ({
      value: value - (before[place]?.value ?? 0),
      labels,
    }));
  });
  return sumOf(steps, by);
}
