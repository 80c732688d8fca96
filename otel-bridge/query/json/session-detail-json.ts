import type { ContextUse, KnownFact, RateLimit } from '../../domain/read-model.ts';
import { attributeTokens } from '../../domain/token-attribution.ts';
import { numberOf, textOf } from '../../domain/values.ts';
import { isoTime } from './time.ts';

/** What is told of one session alone: its context, limits, retries, refusals, modes and time at work. */
export function sessionDetailJson(context: ContextUse | null, facts: readonly KnownFact[]) {
  const calls = facts.filter(({ kind, superseded }) => kind === 'api' && !superseded);
  const tally = (name: string): number => {
    const data = facts.find((fact) => fact.kind === 'tally' && fact.name === name)?.data;
    const tellers = Object.entries((data?.all ?? {}) as Record<string, number>);
    return tellers.reduce((sum, [, amount]) => sum + amount, 0);
  };
  return {
    context:
      context === null
        ? null
        : {
            used_tokens: context.usedTokens,
            peak_tokens: context.peakTokens,
            window_tokens: context.windowTokens,
            utilization: context.share,
            peak_utilization: context.peakShare,
          },
    rate_limits: rateLimits(facts).map(({ window, limitId, usedPercent, resetsAt, toldMs }) => ({
      window,
      limit_id: limitId,
      used_percent: usedPercent,
      resets_at: resetsAt,
      told_at: isoTime(toldMs),
    })),
    files: attributeTokens(facts.filter(({ superseded }) => !superseded)).map(
      ({ filePath, inputTokens, outputTokens, calls: count }) => ({
        file_path: filePath,
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        calls: count,
      }),
    ),
    retries: calls.reduce((sum, { data }) => sum + (numberOf(data.retries) ?? 0), 0),
    refusals: calls.filter(({ data }) => data.refused === true).length,
    compactions: facts.filter(({ kind, data }) => kind === 'span' && data.kind === 'compaction').length,
    active_user_ms: tally('active_ms_user'),
    active_agent_ms: tally('active_ms_cli'),
  };
}

/** The newest word on each allowance; what was never told is not there. */
function rateLimits(facts: readonly KnownFact[]): RateLimit[] {
  const newest = new Map<string, RateLimit>();
  for (const { eventType, data, endMs } of facts) {
    if (eventType !== 'rate_limit') continue;
    const window = textOf(data.window) ?? null;
    const limitId = textOf(data.limit_id) ?? null;
    newest.set(JSON.stringify([window, limitId]), {
      window,
      limitId,
      usedPercent: numberOf(data.used_percent) ?? null,
      resetsAt: textOf(data.resets_at) ?? null,
      toldMs: endMs ?? 0,
    });
  }
  return [...newest.values()];
}
