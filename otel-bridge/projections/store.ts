import type { Fact } from '../domain/fact.ts';
import type { Session } from '../domain/session.ts';
import type { TokenSpan } from './token-levels.ts';

/** What projections read and write while they work; the journal keeps it, all changes of a step in one transaction. */
export interface ProjectionStore {
  fact(key: string): Fact | undefined;
  putFact(fact: Fact): void;
  session(id: string): Session | undefined;
  putSession(session: Session): void;
  /** The run of a session that began last; undefined where none did. */
  lastRun(sessionId: string): Fact | undefined;
  /** The runs of a session that began last before a moment, and first after it. */
  runsAround(
    sessionId: string,
    startMs: number,
  ): { readonly before: Fact | undefined; readonly after: Fact | undefined };
  /** True where model calls of a session (and run, if given) are known one by one. */
  hasApiFacts(sessionId: string, runId: string | null): boolean;
  /**
   * Marks usage that was told for a whole run, or session: its calls are told one by one now.
   * @param hasCost whether they tell a cost; else that of the run goes on telling it (run-cost.ts)
   */
  supersedeUsage(sessionId: string, runId: string | null, hasCost: boolean): void;
  /** What counters hold of usage that was told for a whole run: its calls must not move them again. */
  usageCounted(sessionId: string, runId: string | null): 'no' | 'cost' | 'all';
  /** Counts that a fact changed after it was counted: what is shown and what counters hold differ from now on. */
  noteCorrection(): void;
  /** Marks a fact that another one tells too: it is kept and not summed. */
  supersede(key: string): void;
  /** The spans of a trace that tell tokens, as far as they are known. */
  tokenSpans(traceId: string): TokenSpan[];
  /**
   * True where a fact was pruned, by its key: it counts nothing and shows nothing when it is told once more.
   * @param tsMs time of the event that tells of it, unix ms
   */
  isPruned(key: string, tsMs: number): boolean;
  /** The model calls of a session that are summed. */
  calls(sessionId: string): Fact[];
  /** The model calls of a run, and the tool calls that ended while they went on; none where it called no model. */
  callsOfRun(sessionId: string, runId: string): Fact[];
  /** What a session used beyond its calls (see remainder-fact.ts). */
  remainders(sessionId: string): Fact[];
  /** The place of a name in its scope, from 0: a new name gets the next one, a known name the one it has. */
  ordinal(scope: string, name: string): number;
}
