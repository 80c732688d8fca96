import type { Fact } from '../domain/fact.ts';
import type { FactPatch } from './fact-patch.ts';
import type { ProjectionStore } from './store.ts';
import { NO_TOKENS } from './usage.ts';

/**
 * What a run cost in all, as its end tells it: a fact that is summed only where calls of the run are known one by one and
 * none of them has a cost, since nobody told it and their model has no price. Tokens are those of the calls then.
 * @param whole the patch of the run's whole usage, which is summed where no calls are known
 */
export function runCostPatch(whole: FactPatch, session: string, runId: string): FactPatch {
  return {
    ...whole,
    key: `cost:${session}:${runId}`,
    usage: { ...NO_TOKENS, costNanoUsd: whole.usage?.costNanoUsd ?? null },
    data: { cost_alone: true },
  };
}

/** True for what `runCostPatch` makes. */
export function isRunCost({ kind, data }: Pick<Fact, 'kind' | 'data'>): boolean {
  return kind === 'usage' && data.cost_alone === true;
}

/** The calls of the run whose cost this alone tells; null where others tell it, or nobody made any. */
export function callsWithoutCost(
  { sessionId, runId }: Fact,
  store: Pick<ProjectionStore, 'callsOfRun'>,
): readonly Fact[] | null {
  if (sessionId === null || runId === null) return null;
  const calls = store.callsOfRun(sessionId, runId).filter(({ kind }) => kind === 'api');
  return calls.length > 0 && calls.every(({ costNanoUsd }) => costNanoUsd === null) ? calls : null;
}
