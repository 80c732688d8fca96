import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { SpanRecord } from '../domain/outbox.ts';
import type { Session } from '../domain/session.ts';
import { attributionOf } from './attribution.ts';
import { type Increment, tallyIncrement, toIncrements } from './metrics.ts';
import type { Owner } from './resource.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';
import { measureOf, settleTally } from './tally.ts';
import { hasTokenLevels, tokenLevels } from './token-levels.ts';
import { toSpan } from './traces.ts';

/** What settling a fact lets out. */
export interface Settled {
  /** The fact, counted from now on. */
  readonly fact: Fact;
  readonly owner: Owner;
  readonly increments: readonly Increment[];
  readonly span: SpanRecord | null;
  /** True where another fact tells the same and this one must not be summed. */
  readonly superseded: boolean;
  /** Keys of facts that hold the tokens of this one, and are not to be summed beside it any more. */
  readonly supersedes: readonly string[];
}

/** To whom a session, or an event outside of any, belongs by now. */
export function ownerOf(
  session: Session | undefined,
  event: JournalEvent | undefined,
  settings: Pick<ProjectionSettings, 'rules'>,
): Owner {
  if (session !== undefined) {
    return {
      project: session.project,
      agent: session.agent,
      framework: session.framework,
      host: session.host,
    };
  }
  if (event === undefined)
    return { project: 'unassigned', agent: 'unknown', framework: 'unknown', host: null };
  const { project, agent } = attributionOf(event, settings.rules);
  return { project, agent, framework: event.source.framework, host: event.source.host ?? null };
}

/** Freezes a fact that is due: what it adds to counters, and its span. Pure. */
export function settleFact(
  fact: Fact,
  session: Session | undefined,
  owner: Owner,
  store: Pick<ProjectionStore, 'hasApiFacts' | 'isUsageCounted' | 'tokenSpans'>,
  settings: Pick<ProjectionSettings, 'instanceId' | 'lanes' | 'billing'>,
): Settled {
  const callsKnown =
    fact.kind === 'usage' && fact.sessionId !== null && store.hasApiFacts(fact.sessionId, fact.runId);
  const levels = hasTokenLevels(fact) ? tokenLevels(fact, store.tokenSpans(fact.traceId)) : null;
  const superseded = callsKnown || levels?.repeated === true;
  const above = superseded ? [] : (levels?.above ?? []);
  // What moved counters once stays: its part of it must not move them again.
  const isHeld = above.some(({ counted }) => counted);
  const isTold =
    fact.kind === 'api' && fact.sessionId !== null && store.isUsageCounted(fact.sessionId, fact.runId);
  const ownSpans = session?.ownSpans ?? false;
  if (fact.kind === 'tally') return settledTally(fact, owner);
  return {
    fact: { ...fact, state: 'counted', dueMs: null },
    owner,
    increments:
      fact.history || superseded || isHeld
        ? []
        : toIncrements(isTold ? withoutUsage(fact) : fact, isFlat(owner, settings)),
    span:
      fact.history || ownSpans || !settings.lanes.traces ? null : toSpan(fact, owner, settings.instanceId),
    superseded,
    supersedes: above.map((span) => span.fact.key),
  };
}

/** A call whose tokens and cost counters have already, as usage of its run. */
function withoutUsage(fact: Fact): Fact {
  return {
    ...fact,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    costNanoUsd: null,
  };
}

/** A session's sum: counters get what they lack of it. */
function settledTally(tally: Fact, owner: Owner): Settled {
  const { fact, amount } = settleTally(tally);
  return {
    fact: { ...fact, state: 'counted', dueMs: null },
    owner,
    increments: amount > 0 ? [tallyIncrement(measureOf(fact), amount)] : [],
    span: null,
    superseded: false,
    supersedes: [],
  };
}

/** True where an agent, by its name or by what it is, is paid for at a flat rate. */
function isFlat(owner: Owner, { billing }: Pick<ProjectionSettings, 'billing'>): boolean {
  return (billing?.[owner.agent] ?? billing?.[owner.framework]) === 'flat';
}
