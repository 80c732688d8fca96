import type { MetricDefinition } from './metric-definition.ts';
import { SAMPLE_METRICS } from './sample-metrics.ts';

/** Seconds: from one tool call of milliseconds to a run of two hours. */
const DURATION_BOUNDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200];

/** Shares of a whole. */
const SHARE_BOUNDS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

/** Every metric that the bridge says of agents (design: what leaves as OpenTelemetry). */
export const METRICS = {
  'agent.session.count': { kind: 'counter', unit: '{session}', description: 'Sessions, each id once' },
  'agent.session.resume.count': {
    kind: 'counter',
    unit: '{resume}',
    description: 'Times that a session went on in a new process',
  },
  'agent.task.count': { kind: 'counter', unit: '{task}', description: 'Tasks that ended' },
  'agent.task.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of tasks',
    bounds: DURATION_BOUNDS,
  },
  'agent.run.count': { kind: 'counter', unit: '{run}', description: 'Runs that ended' },
  'agent.run.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of runs',
    bounds: DURATION_BOUNDS,
  },
  'agent.token.usage': { kind: 'counter', unit: '{token}', description: 'Tokens; the types are disjoint' },
  'agent.cost.usage': { kind: 'counter', unit: 'USD', description: 'Cost of model calls' },
  'agent.api.request.count': { kind: 'counter', unit: '{request}', description: 'Model calls' },
  'agent.api.request.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of model calls',
    bounds: DURATION_BOUNDS,
  },
  'agent.api.ttft': {
    kind: 'histogram',
    unit: 's',
    description: 'Time to the first token',
    bounds: DURATION_BOUNDS,
  },
  'agent.tool.call.count': { kind: 'counter', unit: '{call}', description: 'Tool calls that ended' },
  'agent.tool.call.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of tool calls',
    bounds: DURATION_BOUNDS,
  },
  'agent.permission.decision.count': {
    kind: 'counter',
    unit: '{decision}',
    description: 'Permission decisions',
  },
  'agent.file.operation.count': {
    kind: 'counter',
    unit: '{operation}',
    description: 'Operations on files that did well',
  },
  'agent.lines_of_code.count': { kind: 'counter', unit: '{line}', description: 'Lines added and removed' },
  'agent.commit.count': { kind: 'counter', unit: '{commit}', description: 'Commits' },
  'agent.pull_request.count': {
    kind: 'counter',
    unit: '{pull_request}',
    description: 'Pull requests opened',
  },
  'agent.compaction.count': { kind: 'counter', unit: '{compaction}', description: 'Compactions' },
  'agent.context.utilization': {
    kind: 'histogram',
    unit: '1',
    description: 'Share of the context window that a model call filled',
    bounds: SHARE_BOUNDS,
  },
  'agent.context.utilization.current': {
    kind: 'gauge',
    unit: '1',
    description: 'The fullest context among active sessions, as a share of its window',
  },
  'agent.active_time': { kind: 'counter', unit: 's', description: 'Time at work' },
  'agent.guardrail.violation.count': {
    kind: 'counter',
    unit: '{violation}',
    description: 'Guardrails broken',
  },
  'agent.error.count': {
    kind: 'counter',
    unit: '{error}',
    description: 'Model calls, tool calls and runs that ended in an error, and errors that agents report',
  },
  'agent.feedback.count': {
    kind: 'counter',
    unit: '{judgement}',
    description: 'Judgements of sessions, by score (1 to 5) and who judged',
  },
  'agent.session.active': {
    kind: 'gauge',
    unit: '{session}',
    description: 'Sessions seen within the idle limit',
  },
  'agent.last_event.time': { kind: 'gauge', unit: 's', description: 'Unix time of the newest event' },
  'agent.session.info': {
    kind: 'gauge',
    // Not 1, which Prometheus would take for a share and name agent_session_info_ratio.
    unit: '{session}',
    description: 'One per session of the last 24 hours',
  },
  ...SAMPLE_METRICS,
} as const satisfies Record<string, MetricDefinition>;

/** Name of a metric in the catalogue. */
export type MetricName = keyof typeof METRICS;

/** The definition of a metric. */
export function metricDefinition(name: MetricName): MetricDefinition {
  return METRICS[name];
}
