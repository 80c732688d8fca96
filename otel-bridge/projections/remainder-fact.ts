import type { Fact } from '../domain/fact.ts';
import { numberOf, objectOf } from '../domain/values.ts';
import {
  type Amounts,
  combine,
  concerns,
  NOTHING,
  type Remainder,
  remaindersOf,
  sumsOf,
} from './session-sums.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';

/** How much longer than other facts a remainder waits: calls may still come that it would hold. */
const PATIENCE = 6;

/** What the keys of a session's remainders begin with. */
export function remainderPrefix(sessionId: string): string {
  return `remainder:${sessionId}:`;
}

/** True for facts that hold what a session used beyond its calls. */
export function isRemainder({ kind, data }: Pick<Fact, 'kind' | 'data'>): boolean {
  return kind === 'usage' && data.remainder === true;
}

/**
 * Brings the remainders of a session up to what is known of it by now.
 * @param changedAtMs times of the calls that became known, unix ms; none = the sums themselves did
 */
export function projectRemainders(
  sessionId: string,
  changedAtMs: readonly number[],
  nowMs: number,
  store: Pick<ProjectionStore, 'fact' | 'putFact' | 'calls' | 'remainders' | 'isPruned'>,
  settings: Pick<ProjectionSettings, 'settleMs'>,
): void {
  const session = store.fact(`session:${sessionId}`);
  const sums = session === undefined ? [] : sumsOf(session);
  if (sums.length === 0) return;
  if (changedAtMs.length > 0 && !changedAtMs.some((atMs) => concerns(sums, atMs))) return;
  const known = new Map(store.remainders(sessionId).map((fact) => [fact.key, fact]));
  const rests = remaindersOf(sums, store.calls(sessionId));
  for (const rest of rests) {
    const key = `${remainderPrefix(sessionId)}${rest.sinceMs}:${rest.model}`;
    const before = known.get(key);
    known.delete(key);
    if (before === undefined && store.isPruned(key, rest.atMs)) continue;
    if (before === undefined || !isEqual(amountsOf(before), rest.amounts) || before.endMs !== rest.atMs)
      store.putFact(remainderFact(key, sessionId, rest, before, nowMs, settings));
  }
  // What was missing has become known.
  for (const fact of known.values()) {
    if (isEqual(amountsOf(fact), NOTHING)) continue;
    store.putFact({ ...fact, ...NOTHING, state: 'ready', dueMs: fact.dueMs ?? nowMs });
  }
}

/** What counters lack of a remainder, and the fact once they have it. */
export function settleRemainder(fact: Fact): { readonly fact: Fact; readonly amounts: Amounts } {
  const counted = countedOf(fact);
  const amounts = combine(amountsOf(fact), counted, (wanted, has) => Math.max(0, wanted - has));
  return {
    amounts,
    fact: withCounted(
      fact,
      combine(counted, amounts, (a, b) => a + b),
    ),
  };
}

/**
 * Takes from a call what counters hold of it already, since it was part of a remainder when that was counted.
 * @returns what the call still adds to counters, and the remainders that held the rest
 */
export function withoutHeld(
  call: Fact,
  remainders: readonly Fact[],
): { readonly amounts: Amounts; readonly changed: readonly Fact[] } {
  let amounts = amountsOf(call);
  const changed: Fact[] = [];
  for (const fact of remainders) {
    const counted = countedOf(fact);
    const excess = combine(counted, amountsOf(fact), (has, wanted) => Math.max(0, has - wanted));
    const held = combine(excess, amounts, Math.min);
    if (isEqual(held, NOTHING)) continue;
    amounts = combine(amounts, held, (a, b) => a - b);
    changed.push(
      withCounted(
        fact,
        combine(counted, held, (a, b) => a - b),
      ),
    );
  }
  return { amounts, changed };
}

function remainderFact(
  key: string,
  sessionId: string,
  { atMs, history, model, amounts }: Remainder,
  before: Fact | undefined,
  nowMs: number,
  { settleMs }: Pick<ProjectionSettings, 'settleMs'>,
): Fact {
  return {
    key,
    kind: 'usage',
    sessionId,
    runId: null,
    parentSpanId: null,
    traceId: null,
    eventType: 'session.end',
    startMs: atMs,
    endMs: atMs,
    tsNanos: 0,
    name: model,
    outcome: 'success',
    ...amounts,
    costSource: 'reported',
    durationMs: null,
    data: { ...before?.data, remainder: true, query_source: 'auxiliary' },
    origins: {},
    state: 'ready',
    dueMs: before?.dueMs ?? nowMs + settleMs * PATIENCE,
    history: before?.history ?? history,
    firstReceivedMs: before?.firstReceivedMs ?? nowMs,
    firstJournalSeq: before?.firstJournalSeq ?? 0,
  };
}

function amountsOf(fact: Fact): Amounts {
  const { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, costNanoUsd } = fact;
  return { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens, costNanoUsd: costNanoUsd ?? 0 };
}

function countedOf({ data }: Fact): Amounts {
  const counted = objectOf(data.counted) ?? {};
  return combine(NOTHING, { ...NOTHING, ...counted } as Amounts, (_, value) => numberOf(value) ?? 0);
}

function withCounted(fact: Fact, counted: Amounts): Fact {
  return { ...fact, data: { ...fact.data, counted } };
}

function isEqual(a: Amounts, b: Amounts): boolean {
  return Object.values(combine(a, b, (x, y) => Math.abs(x - y))).every((distance) => distance === 0);
}
