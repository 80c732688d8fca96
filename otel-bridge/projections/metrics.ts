import type { Fact } from '../domain/fact.ts';
import type { Attributes, AttributeValue } from '../domain/outbox.ts';
import { textOf } from '../domain/values.ts';
import type { MetricName } from './metric-catalogue.ts';

/** One step of a counter, or one observation of a histogram. */
export interface Increment {
  readonly metric: MetricName;
  readonly attributes: Attributes;
  readonly value: number;
}

/** Builds attributes without those that are not known. */
function known(values: Readonly<Record<string, AttributeValue | undefined | null>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, AttributeValue] => entry[1] !== undefined && entry[1] !== null,
    ),
  );
}

/** What a fact adds to counters when it settles, unless another one tells the same. Pure. */
export function toIncrements(fact: Fact): Increment[] {
  switch (fact.kind) {
    case 'session': {
      const startType = textOf(fact.data.start_type) ?? 'fresh';
      // Opening the list of agents is not a session of work.
      if (startType === 'agents_view') return [];
      return [
        { metric: 'agent.session.count', attributes: { 'agent.session.start_type': startType }, value: 1 },
      ];
    }
    case 'run':
      return ended('agent.run', fact, { 'agent.outcome': fact.outcome });
    case 'api':
      // The sum of an agent's calls is no call.
      return [...(fact.data.aggregate === true ? [] : requestIncrements(fact)), ...usageIncrements(fact)];
    case 'usage':
      return usageIncrements(fact);
    case 'tool':
      return ended('agent.tool.call', fact, {
        'gen_ai.tool.name': fact.name ?? 'unknown',
        ...known({ 'agent.tool.action': textOf(fact.data.action) }),
        'agent.outcome': fact.outcome,
      });
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

function ended(name: 'agent.run' | 'agent.tool.call', fact: Fact, attributes: Attributes): Increment[] {
  const count: Increment = { metric: `${name}.count`, attributes, value: 1 };
  if (fact.durationMs === null) return [count];
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
  return increments;
}

function usageIncrements(fact: Fact): Increment[] {
  const { data } = fact;
  const dimensions = known({
    'gen_ai.request.model': fact.name,
    'agent.query_source': textOf(data.query_source),
    'agent.subagent': textOf(data.subagent),
    'agent.skill': textOf(data.skill),
    'agent.mcp_server': textOf(data.mcp_server),
  });
  const counts: [string, number][] = [
    ['input', fact.inputTokens],
    ['output', fact.outputTokens],
    ['cache_read', fact.cacheReadTokens],
    ['cache_creation', fact.cacheCreationTokens],
  ];
  const increments: Increment[] = counts
    .filter(([, value]) => value > 0)
    .map(([type, value]) => ({
      metric: 'agent.token.usage',
      attributes: { ...dimensions, 'gen_ai.token.type': type },
      value,
    }));
  if (fact.costNanoUsd !== null && fact.costNanoUsd > 0 && fact.costSource !== null) {
    increments.push({
      metric: 'agent.cost.usage',
      attributes: { ...dimensions, 'agent.cost.source': fact.costSource },
      // Kept as integer nano-dollars: sums of dollars as floating point drift.
      value: fact.costNanoUsd,
    });
  }
  return increments;
}
