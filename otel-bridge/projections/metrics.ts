import type { Fact } from '../domain/fact.ts';
import type { Attributes, AttributeValue } from '../domain/outbox.ts';
import type { TallyMeasure } from '../domain/tally-measure.ts';
import { numberOf, textOf } from '../domain/values.ts';
import { contextUtilization } from './context-use.ts';
import type { MetricName } from './metric-catalogue.ts';

/** One step of a counter, or one observation of a histogram. */
export interface Increment {
  readonly metric: MetricName;
  readonly attributes: Attributes;
  readonly value: number;
}

/** Tokens and cost of a fact. */
type UsageAmounts = Pick<
  Fact,
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens' | 'costNanoUsd'
>;

/** Builds attributes without those that are not known. */
function known(values: Readonly<Record<string, AttributeValue | undefined | null>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, AttributeValue] => entry[1] !== undefined && entry[1] !== null,
    ),
  );
}

/** What is said of all cost of an agent that is paid for at a flat rate. */
const FLAT: Attributes = { 'agent.billing': 'flat' };

/**
 * What a fact adds to counters when it settles, unless another one tells the same. Pure.
 * @param isFlat true where the agent is paid for at a flat rate: its cost is what the API would charge.
 * @param amounts the part of its tokens and cost that counters do not hold yet
 */
export function toIncrements(fact: Fact, isFlat = false, amounts: UsageAmounts = fact): Increment[] {
  return [...meantIncrements(fact, isFlat, amounts), ...errorIncrements(fact)];
}

/** What can end in an error, and what that is called. */
const ERROR_KINDS: Readonly<Partial<Record<Fact['kind'], string>>> = {
  api: 'call',
  tool: 'tool',
  run: 'run',
  event: 'event',
};

function errorIncrements({ kind, outcome, data }: Fact): Increment[] {
  const name = ERROR_KINDS[kind];
  if (outcome !== 'error' || name === undefined || data.aggregate === true) return [];
  return [{ metric: 'agent.error.count', attributes: { 'agent.error.kind': name }, value: 1 }];
}

function meantIncrements(fact: Fact, isFlat: boolean, amounts: UsageAmounts): Increment[] {
  switch (fact.kind) {
    case 'session': {
      const startType = textOf(fact.data.start_type) ?? (fact.data.resumed === true ? 'resume' : 'fresh');
      // Opening the list of agents is not a session of work.
      if (startType === 'agents_view') return [];
      return [
        { metric: 'agent.session.count', attributes: { 'agent.session.start_type': startType }, value: 1 },
      ];
    }
    case 'run':
      return [...ended('agent.run', fact, { 'agent.outcome': fact.outcome }), ...taskOfRun(fact)];
    case 'task':
      return ended('agent.task', fact, {
        'agent.outcome': fact.outcome,
        'agent.task.type': textOf(fact.data.task_type) ?? textOf(fact.data.type) ?? 'task',
      });
    case 'commit':
    case 'pull_request':
      // Those of a session are counted by its tally.
      return fact.sessionId === null
        ? [{ metric: `agent.${fact.kind}.count`, attributes: {}, value: 1 }]
        : [];
    case 'span':
      return fact.data.kind === 'compaction' ? [compaction(fact)] : [];
    case 'event':
      return eventIncrements(fact);
    case 'api':
      // The sum of an agent's calls is no call.
      return [
        ...(fact.data.aggregate === true ? [] : requestIncrements(fact)),
        ...usageIncrements(fact, isFlat, amounts),
      ];
    case 'usage':
      return usageIncrements(fact, isFlat, amounts);
    case 'tool':
      return [
        ...ended('agent.tool.call', fact, {
          'gen_ai.tool.name': fact.name ?? 'unknown',
          ...known({ 'agent.tool.action': textOf(fact.data.action) }),
          'agent.outcome': fact.outcome,
        }),
        ...(fact.outcome === 'success' ? fileOperation(fact.data.file_operation) : []),
      ];
    case 'decision':
      return [
        {
          metric: 'agent.permission.decision.count',
          attributes: known({
            'gen_ai.tool.name': fact.name,
            'agent.decision': textOf(fact.data.decision),
            'agent.decision.source': textOf(fact.data.decision_source),
          }),
          value: 1,
        },
      ];
    default:
      return [];
  }
}

/** What counters lack of a session's sum. */
export function tallyIncrement(measure: TallyMeasure, amount: number): Increment {
  switch (measure) {
    case 'lines_added':
    case 'lines_removed': {
      const type = measure === 'lines_added' ? 'added' : 'removed';
      return { metric: 'agent.lines_of_code.count', attributes: { type }, value: amount };
    }
    case 'active_ms_user':
    case 'active_ms_cli': {
      const type = measure === 'active_ms_user' ? 'user' : 'cli';
      return { metric: 'agent.active_time', attributes: { type }, value: amount };
    }
    case 'commits':
      return { metric: 'agent.commit.count', attributes: {}, value: amount };
    case 'pull_requests':
      return { metric: 'agent.pull_request.count', attributes: {}, value: amount };
    case 'resumes':
      return { metric: 'agent.session.resume.count', attributes: {}, value: amount };
  }
}

/** A prompt of a person is a task where nothing else says what the task is. */
function taskOfRun(run: Fact): Increment[] {
  if (!isTask(run)) return [];
  return ended('agent.task', run, { 'agent.outcome': run.outcome, 'agent.task.type': 'run' });
}

/** True for what a person asked for: a task that was named, or a run that is part of none. */
export function isTask({ kind, data }: Pick<Fact, 'kind' | 'data'>): boolean {
  if (kind === 'task') return true;
  return kind === 'run' && textOf(data.task_id) === undefined && data.prompt_source !== 'system';
}

function fileOperation(operation: unknown): Increment[] {
  const name = textOf(operation);
  return name === undefined
    ? []
    : [{ metric: 'agent.file.operation.count', attributes: { operation: name }, value: 1 }];
}

function compaction({ data }: Fact): Increment {
  return {
    metric: 'agent.compaction.count',
    attributes: known({ trigger: textOf(data.trigger) }),
    value: 1,
  };
}

function eventIncrements({ eventType, data }: Fact): Increment[] {
  switch (eventType) {
    case 'file.operation':
      return [
        ...fileOperation(data.operation),
        ...(['lines_added', 'lines_removed'] as const).flatMap((measure) => {
          const amount = numberOf(data[measure]) ?? 0;
          return amount > 0 ? [tallyIncrement(measure, amount)] : [];
        }),
      ];
    case 'active_time': {
      const durationMs = numberOf(data.duration_ms) ?? 0;
      if (durationMs <= 0) return [];
      return [tallyIncrement(data.type === 'user' ? 'active_ms_user' : 'active_ms_cli', durationMs)];
    }
    case 'guardrail.violation':
      return [
        {
          metric: 'agent.guardrail.violation.count',
          attributes: { 'agent.guardrail.rule': textOf(data.rule) ?? 'unknown' },
          value: 1,
        },
      ];
    case 'feedback': {
      const score = numberOf(data.score);
      if (score === undefined) return [];
      const scale = numberOf(data.scale) ?? BEST_SCORE;
      const ofFive = Math.min(BEST_SCORE, Math.max(0, Math.round((score / scale) * BEST_SCORE)));
      const attributes = known({
        'agent.feedback.score': String(ofFive),
        'agent.feedback.source': textOf(data.feedback_source),
      });
      return [{ metric: 'agent.feedback.count', attributes, value: 1 }];
    }
    default:
      return [];
  }
}

/** Scores of other scales are told as scores of 5. */
const BEST_SCORE = 5;

function ended(
  name: 'agent.run' | 'agent.task' | 'agent.tool.call',
  fact: Fact,
  attributes: Attributes,
): Increment[] {
  const count: Increment = { metric: `${name}.count`, attributes, value: 1 };
  // What was refused never ran: as a call of no time it would halve the averages.
  if (fact.durationMs === null || (fact.kind === 'tool' && fact.outcome === 'rejected')) return [count];
  return [count, { metric: `${name}.duration`, attributes, value: fact.durationMs / 1000 }];
}

function requestIncrements(fact: Fact): Increment[] {
  const attributes = known({ 'gen_ai.request.model': fact.name, 'error.type': textOf(fact.data.error_type) });
  const increments: Increment[] = [{ metric: 'agent.api.request.count', attributes, value: 1 }];
  if (fact.durationMs !== null) {
    increments.push({ metric: 'agent.api.request.duration', attributes, value: fact.durationMs / 1000 });
  }
  const ttftMs = fact.data.ttft_ms;
  if (typeof ttftMs === 'number')
    increments.push({ metric: 'agent.api.ttft', attributes, value: ttftMs / 1000 });
  const utilization = contextUtilization(fact);
  if (utilization !== null) {
    increments.push({
      metric: 'agent.context.utilization',
      attributes: known({ 'gen_ai.request.model': fact.name }),
      value: utilization,
    });
  }
  return increments;
}

function usageIncrements(fact: Fact, isFlat: boolean, amounts: UsageAmounts): Increment[] {
  const { data } = fact;
  const dimensions = known({
    'gen_ai.request.model': fact.name,
    'agent.query_source': textOf(data.query_source),
    'agent.subagent': textOf(data.subagent),
    'agent.skill': textOf(data.skill),
    'agent.plugin': textOf(data.plugin),
    'agent.mcp_server': textOf(data.mcp_server),
    'agent.mcp_tool': textOf(data.mcp_tool),
    'agent.effort': textOf(data.effort),
    'agent.speed': textOf(data.speed),
  });
  const counts: [string, number][] = [
    ['input', amounts.inputTokens],
    ['output', amounts.outputTokens],
    ['cache_read', amounts.cacheReadTokens],
    ['cache_creation', amounts.cacheCreationTokens],
  ];
  const increments: Increment[] = counts
    .filter(([, value]) => value > 0)
    .map(([type, value]) => ({
      metric: 'agent.token.usage',
      attributes: { ...dimensions, 'gen_ai.token.type': type },
      value,
    }));
  if (amounts.costNanoUsd !== null && amounts.costNanoUsd > 0 && fact.costSource !== null) {
    increments.push({
      metric: 'agent.cost.usage',
      attributes: { ...dimensions, 'agent.cost.source': fact.costSource, ...(isFlat ? FLAT : {}) },
      // Kept as integer nano-dollars: sums of dollars as floating point drift.
      value: amounts.costNanoUsd,
    });
  }
  return increments;
}
