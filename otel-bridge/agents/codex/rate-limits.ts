import type { AgentEvent } from '../../domain/event.ts';
import type { RateLimitPayload } from '../../domain/payload.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { type CodexStep, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

const WINDOWS = ['primary', 'secondary'] as const;
const MINUTES_PER_DAY = 1440;

/** The allowances that a `token_count` tells, where they differ from the last ones. Unknown ones are not told. */
export function rateLimits(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const told = objectOf(line.payload.rate_limits);
  const limits = WINDOWS.flatMap((name) => limitOf(name, told, line.tsMs) ?? []);
  const text = JSON.stringify(limits);
  if (limits.length === 0 || text === state.limits) return { events: [], state };
  const after = { ...state, limits: text };
  const events = limits.map(
    (limit): AgentEvent =>
      threadEvent(after, context, {
        type: 'rate_limit',
        part: `limit:${limit.limit_id ?? ''}:${limit.window}:${line.tsMs}`,
        tsMs: line.tsMs,
        payload: { ...limit },
      }),
  );
  return { events, state: after };
}

function limitOf(
  name: (typeof WINDOWS)[number],
  told: Readonly<Record<string, unknown>> | undefined,
  nowMs: number,
): RateLimitPayload | null {
  const limit = objectOf(told?.[name]);
  const usedPercent = numberOf(limit?.used_percent);
  if (limit === undefined || usedPercent === undefined) return null;
  return present({
    window: windowName(numberOf(limit.window_minutes)) ?? name,
    used_percent: usedPercent,
    resets_at: resetTime(limit, nowMs),
    limit_id: textOf(told?.limit_id),
  });
}

/** `5h`, `7d`, `90m`. */
function windowName(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined;
  if (minutes % MINUTES_PER_DAY === 0) return `${minutes / MINUTES_PER_DAY}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

/** Older versions tell the seconds that are left. */
function resetTime(limit: Readonly<Record<string, unknown>>, nowMs: number): string | undefined {
  const atSeconds = numberOf(limit.resets_at);
  const leftSeconds = numberOf(limit.resets_in_seconds);
  const ms =
    atSeconds === undefined
      ? leftSeconds === undefined
        ? undefined
        : nowMs + leftSeconds * 1000
      : atSeconds * 1000;
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
