import type { Fact } from '../domain/fact.ts';

/** A span with tokens, as it is known by now. */
export interface TokenSpan {
  readonly fact: Fact;
  /** True where its tokens moved counters. */
  readonly counted: boolean;
}

/** Which of the spans of a trace tell the same tokens as one of them. */
export interface TokenLevels {
  /** True where spans below it tell its tokens one by one: they are summed, it is not. */
  readonly repeated: boolean;
  /** Spans above it, whose sums hold its tokens. */
  readonly above: readonly TokenSpan[];
}

const ALONE: TokenLevels = { repeated: false, above: [] };

/** Where tokens of a span are kept: its trace and itself. */
export function spanKey(traceId: string, spanId: string): string {
  return `${spanKeyPrefix(traceId)}${spanId}`;
}

/** What the keys of all spans of a trace begin with. */
export function spanKeyPrefix(traceId: string): string {
  return `api:span:${traceId}:`;
}

/** True where the tokens of a fact may be told on several levels of its trace. */
export function hasTokenLevels(fact: Fact): fact is Fact & { readonly traceId: string } {
  return fact.kind === 'api' && fact.data.span_tree === true && fact.traceId !== null;
}

/**
 * Finds the other levels on which the tokens of a span are told, among all that are known of its trace. Pure. It does
 * not matter which of them came first.
 *
 * A span is below another where its parents lead there. Where they lead to a span that tells no tokens, and so is not
 * known here, it is below an agent's span that lasted longer on both sides, and below a call that did and has the same
 * tokens.
 */
export function tokenLevels(fact: Fact, trace: readonly TokenSpan[]): TokenLevels {
  const others = trace.filter((span) => span.fact.key !== fact.key && tokensOf(span.fact) > 0);
  if (others.length === 0 || tokensOf(fact) === 0) return ALONE;
  const known = new Map([...others.map((span) => span.fact), fact].map((each) => [each.key, each]));
  return {
    repeated: others.some((span) => isBelow(span.fact, fact, known)),
    above: others.filter((span) => isBelow(fact, span.fact, known)),
  };
}

function isBelow(lower: Fact, upper: Fact, known: ReadonlyMap<string, Fact>): boolean {
  const seen = new Set<string>();
  for (let at = lower; ; ) {
    if (at.parentSpanId === null) return false;
    const key = spanKey(at.traceId ?? '', at.parentSpanId);
    if (key === upper.key) return true;
    const parent = known.get(key);
    // A loop of parents leads nowhere.
    if (parent === undefined || seen.has(key)) return parent === undefined && mayHold(upper, at, lower);
    seen.add(key);
    at = parent;
  }
}

/** Whether a span holds another one that is below something unknown. @param top the last known one above `lower` */
function mayHold(upper: Fact, top: Fact, lower: Fact): boolean {
  if (!contains(upper, top) || !contains(upper, lower)) return false;
  return upper.data.aggregate === true || (lower.data.aggregate !== true && sameTokens(upper, lower));
}

function contains(outer: Fact, inner: Fact): boolean {
  if (outer.startMs === null || outer.endMs === null || inner.startMs === null || inner.endMs === null)
    return false;
  const isLonger = outer.endMs - outer.startMs > inner.endMs - inner.startMs;
  return isLonger && outer.startMs <= inner.startMs && inner.endMs <= outer.endMs;
}

function tokensOf(fact: Fact): number {
  return fact.inputTokens + fact.outputTokens + fact.cacheReadTokens + fact.cacheCreationTokens;
}

function sameTokens(a: Fact, b: Fact): boolean {
  return (
    a.inputTokens === b.inputTokens &&
    a.outputTokens === b.outputTokens &&
    a.cacheReadTokens === b.cacheReadTokens &&
    a.cacheCreationTokens === b.cacheCreationTokens
  );
}
