import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { SpanRecord } from '../domain/outbox.ts';
import type { Session } from '../domain/session.ts';
import { attributionOf } from './attribution.ts';
import { type Increment, toIncrements } from './metrics.ts';
import type { Owner } from './resource.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';
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
  store: Pick<ProjectionStore, 'hasApiFacts'>,
  settings: Pick<ProjectionSettings, 'instanceId' | 'lanes'>,
): Settled {
  const callsKnown =
    fact.kind === 'usage' && fact.sessionId !== null && store.hasApiFacts(fact.sessionId, fact.runId);
  const ownSpans = session?.ownSpans ?? false;
  return {
    fact: { ...fact, state: 'counted', dueMs: null },
    owner,
    increments: fact.history ? [] : toIncrements(fact, callsKnown),
    span:
      fact.history || ownSpans || !settings.lanes.traces ? null : toSpan(fact, owner, settings.instanceId),
    superseded: callsKnown,
  };
}
