import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { SpanRecord } from '../domain/outbox.ts';
import type { Session } from '../domain/session.ts';
import { attributionOf } from './attribution.ts';
import { type Increment, tallyIncrement, toIncrements } from './metrics.ts';
import { isRemainder, settleRemainder, withoutHeld } from './remainder-fact.ts';
import type { Owner } from './resource.ts';
import { callsWithoutCost, isRunCost } from './run-cost.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';
import { measureOf, settleTally } from './tally.ts';
import { hasTokenLevels, tokenLevels } from './token-levels.ts';
import { toSpan } from './traces.ts';
import { NO_TOKENS } from './usage.ts';

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
  /** Further facts that changed with it. */
  readonly changed: readonly Fact[];
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
  store: Pick<ProjectionStore, 'hasApiFacts' | 'usageCounted' | 'callsOfRun' | 'tokenSpans' | 'remainders'>,
  settings: Pick<ProjectionSettings, 'instanceId' | 'lanes' | 'billing'>,
): Settled {
  if (isRunCost(fact)) return settledRunCost(fact, owner, store, isFlat(owner, settings));
  const callsKnown =
    fact.kind === 'usage' && fact.sessionId !== null && store.hasApiFacts(fact.sessionId, fact.runId);
  const levels = hasTokenLevels(fact) ? tokenLevels(fact, store.tokenSpans(fact.traceId)) : null;
  const superseded = callsKnown || levels?.repeated === true;
  const above = superseded ? [] : (levels?.above ?? []);
  // What moved counters once stays: its part of it must not move them again.
  const isHeld = above.some(({ counted }) => counted);
  const told =
    fact.kind === 'api' && fact.sessionId !== null ? store.usageCounted(fact.sessionId, fact.runId) : 'no';
  const ownSpans = session?.ownSpans ?? false;
  if (fact.kind === 'tally') return settledTally(fact, owner);
  if (isRemainder(fact)) return settledRemainder(fact, owner, isFlat(owner, settings));
  const held = fact.kind === 'api' && fact.sessionId !== null ? store.remainders(fact.sessionId) : [];
  const { amounts, changed } = held.length === 0 ? NOT_HELD : withoutHeld(fact, held);
  return {
    fact: { ...fact, state: 'counted', dueMs: null },
    owner,
    increments:
      fact.history || superseded || isHeld
        ? []
        : toIncrements(fact, isFlat(owner, settings), told === 'no' ? (amounts ?? fact) : beyond(fact, told)),
    span:
      fact.history || ownSpans || !settings.lanes.traces ? null : toSpan(fact, owner, settings.instanceId),
    superseded,
    supersedes: above.map((span) => span.fact.key),
    changed: fact.history || superseded || isHeld ? [] : changed,
  };
}

/** A call of which counters have something already, as usage or as cost of its run. */
function beyond(fact: Fact, told: 'cost' | 'all'): Fact {
  return { ...fact, ...(told === 'all' ? NO_TOKENS : {}), costNanoUsd: null };
}

/** What a run cost in all, where none of its calls tells a cost. */
function settledRunCost(
  fact: Fact,
  owner: Owner,
  store: Pick<ProjectionStore, 'callsOfRun'>,
  isFlat: boolean,
): Settled {
  const calls = callsWithoutCost(fact, store);
  if (calls === null) return { ...settledAlone(fact, owner, []), superseded: true };
  const models = new Set(calls.map(({ name }) => name));
  const named = { ...fact, name: fact.name ?? (models.size === 1 ? (calls[0]?.name ?? null) : null) };
  return settledAlone(named, owner, fact.history ? [] : toIncrements(named, isFlat));
}

const NOT_HELD = { amounts: undefined, changed: [] };

/** What a session used beyond its calls: counters get what they lack of it. */
function settledRemainder(remainder: Fact, owner: Owner, isFlat: boolean): Settled {
  if (remainder.history) return settledAlone({ ...remainder }, owner, []);
  const { fact, amounts } = settleRemainder(remainder);
  return settledAlone(fact, owner, toIncrements(fact, isFlat, amounts));
}

function settledAlone(fact: Fact, owner: Owner, increments: readonly Increment[]): Settled {
  return {
    fact: { ...fact, state: 'counted', dueMs: null },
    owner,
    increments,
    span: null,
    superseded: false,
    supersedes: [],
    changed: [],
  };
}

/** A session's sum: counters get what they lack of it. */
function settledTally(tally: Fact, owner: Owner): Settled {
  const { fact, amount } = settleTally(tally);
  return settledAlone(fact, owner, amount > 0 ? [tallyIncrement(measureOf(fact), amount)] : []);
}

/** True where an agent, by its name or by what it is, is paid for at a flat rate. */
function isFlat(owner: Owner, { billing }: Pick<ProjectionSettings, 'billing'>): boolean {
  return (billing?.[owner.agent] ?? billing?.[owner.framework]) === 'flat';
}
