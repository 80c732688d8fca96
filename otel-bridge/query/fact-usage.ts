import type { KnownFact, UsageTotals } from '../domain/read-model.ts';

/** Sums over facts that are in memory, by the rules of `ReadModel.usage`. */
export function sumFacts(facts: readonly KnownFact[]): UsageTotals {
  const counted = facts.filter((fact) => !fact.superseded);
  const requests = counted.filter(isRequest);
  const sum = (value: (fact: KnownFact) => number): number =>
    requests.reduce((total, fact) => total + value(fact), 0);
  const priced = requests.some((fact) => fact.costNanoUsd !== null);
  const unpricedRequests = requests.filter((fact) => fact.costNanoUsd === null && tokensOf(fact) > 0).length;
  return {
    sessions: new Set(counted.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]))).size,
    runs: counted.filter(({ kind }) => kind === 'run').length,
    toolCalls: counted.filter(({ kind, endMs }) => kind === 'tool' && endMs !== null).length,
    tasks: counted.filter(isTask).length,
    tasksFailed: counted.filter(
      (fact) => isTask(fact) && (fact.outcome === 'failure' || fact.outcome === 'error'),
    ).length,
    linesAdded: work(counted, 'lines_added'),
    linesRemoved: work(counted, 'lines_removed'),
    commits: counted.filter(({ kind }) => kind === 'commit').length,
    pullRequests: counted.filter(({ kind }) => kind === 'pull_request').length,
    errors: counted.filter(isFailure).length,
    inputTokens: sum((fact) => fact.inputTokens),
    outputTokens: sum((fact) => fact.outputTokens),
    cacheReadTokens: sum((fact) => fact.cacheReadTokens),
    cacheCreationTokens: sum((fact) => fact.cacheCreationTokens),
    costNanoUsd: !priced && unpricedRequests > 0 ? null : sum((fact) => fact.costNanoUsd ?? 0),
    costComputedNanoUsd: sum((fact) => (fact.costSource === 'computed' ? (fact.costNanoUsd ?? 0) : 0)),
    unpricedRequests,
  };
}

/** True for what a person asked for, once it ended: a task that was named, or a run that is part of none. */
function isTask({ kind, endMs, data }: KnownFact): boolean {
  if (endMs === null) return false;
  return kind === 'task' || (kind === 'run' && data.task_id === undefined && data.prompt_source !== 'system');
}

function work(facts: readonly KnownFact[], measure: 'lines_added' | 'lines_removed'): number {
  return facts.reduce((sum, { kind, data }) => {
    const lines = data[measure];
    return kind === 'tool' && typeof lines === 'number' ? sum + lines : sum;
  }, 0);
}

/** True for facts that carry usage. */
export function isRequest({ kind }: Pick<KnownFact, 'kind'>): boolean {
  return kind === 'api' || kind === 'usage';
}

/** All tokens of a fact. */
export function tokensOf(fact: KnownFact): number {
  return fact.inputTokens + fact.outputTokens + fact.cacheReadTokens + fact.cacheCreationTokens;
}

/** True for what counts as an error. */
export function isFailure({ kind, outcome, eventType }: KnownFact): boolean {
  if (kind === 'tool') return outcome === 'failure' || outcome === 'error';
  if (kind === 'api') return outcome === 'error';
  return kind === 'event' && eventType === 'error';
}
