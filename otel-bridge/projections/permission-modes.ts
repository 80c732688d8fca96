import type { AgentEvent } from '../domain/event.ts';
import { textOf } from '../domain/values.ts';

/**
 * Modes in which an agent does what it wants, by the names that agents give them. Others ask nobody either, but refuse
 * what was not allowed before (`dontAsk`), or keep to a sandbox (`never/workspace-write`).
 */
const BYPASS = /bypass|yolo|full.?access|dangerous/i;
/** A session tells its beginning through several doors, not at the same moment. */
const SAME_START_MS = 10_000;
/** Starts in the middle of a process: it goes on in its mode. */
const GOES_ON = new Set(['compact']);

/** A moment that says something of a session's permission mode, and how long the session was seen after it. */
export interface ModeMark {
  readonly atMs: number;
  /** `start` = of a process of the session, `end` = of the session, `told` = what its mode is. */
  readonly kind: 'start' | 'end' | 'told';
  /** Mode up to this moment and from it on; null = not told. */
  readonly before: string | null;
  readonly after: string | null;
  /** Newest event of the session between this mark and the next, unix ms. */
  readonly seenMs: number;
}

/** A time in one mode that bypasses permissions: start excluded, end included, unix ms. */
export interface BypassStretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly mode: string;
}

/** Whether a mode bypasses permissions. */
export function isBypass(mode: string | null): mode is string {
  return mode !== null && BYPASS.test(mode);
}

/** What an event says of its session's mode; null where it says nothing. Sub-agents may have a mode of their own. */
export function modeMarkOf(
  { type, payload }: Pick<AgentEvent, 'type' | 'payload'>,
  atMs: number,
): ModeMark | null {
  const mark = { atMs, before: null, after: null, seenMs: atMs };
  if (type === 'session.end') return { ...mark, kind: 'end' };
  if (payload.subagent_id !== undefined) return null;
  if (type === 'mode.change') {
    const [before, after] = [textOf(payload.from_mode) ?? null, textOf(payload.to_mode) ?? null];
    return { ...mark, kind: 'told', before, after };
  }
  const mode = textOf(payload.permission_mode);
  if (type === 'session.start' && !GOES_ON.has(textOf(payload.start_type) ?? ''))
    return { ...mark, kind: 'start', after: mode ?? null };
  return mode === undefined ? null : { ...mark, kind: 'told', before: mode, after: mode };
}

/** The marks of a session with one more, in order of time. A word that changes nothing moves the one before. Pure. */
export function withMark(marks: readonly ModeMark[], mark: ModeMark): readonly ModeMark[] {
  const isSameStart = ({ kind, atMs }: ModeMark): boolean =>
    kind === 'start' && Math.abs(atMs - mark.atMs) <= SAME_START_MS;
  if (mark.kind === 'start' && marks.some(isSameStart)) {
    const { after } = mark;
    return after === null
      ? withSeen(marks, mark.atMs)
      : withMark(marks, { ...mark, kind: 'told', before: after });
  }
  const next = marks.findIndex(({ atMs }) => atMs > mark.atMs);
  const place = next === -1 ? marks.length : next;
  const known = marks[place - 1];
  const whole = known === undefined ? mark : { ...mark, seenMs: Math.max(mark.atMs, known.seenMs) };
  // The first word and the last one of a mode are kept, so that what comes late finds its place.
  const isRepeated = [known, marks[place - 2]].every(
    (other) => other?.kind === 'told' && other.after === mark.before && mark.before === mark.after,
  );
  return [...marks.slice(0, isRepeated ? place - 1 : place), whole, ...marks.slice(place)];
}

/** The marks of a session that was seen at a moment. Pure. */
export function withSeen(marks: readonly ModeMark[], atMs: number): readonly ModeMark[] {
  const place = marks.findLastIndex((mark) => mark.atMs <= atMs);
  const mark = marks[place];
  return mark === undefined || mark.seenMs >= atMs ? marks : marks.with(place, { ...mark, seenMs: atMs });
}

/**
 * When a session was in modes that bypass permissions: from the word of it to the next, to its end, or to its newest event; a
 * process of which nothing was told at first was in the mode that its first word leaves. Silence before a process begins
 * counts nothing: whatever was there before may have been killed.
 * @param startedMs first event of the session, unix ms.
 */
export function bypassStretches(marks: readonly ModeMark[], startedMs: number): BypassStretch[] {
  const first = marks[0];
  const begun: ModeMark[] =
    first?.kind === 'told' && startedMs < first.atMs
      ? [{ atMs: startedMs, kind: 'start', before: null, after: null, seenMs: startedMs }, ...marks]
      : [...marks];
  return begun.flatMap((mark, index) => {
    const next = begun[index + 1];
    const seenMs = Math.min(mark.seenMs, next?.atMs ?? mark.seenMs);
    const toMs = next === undefined || next.kind === 'start' ? seenMs : next.atMs;
    const mode = mark.kind === 'end' ? null : (mark.after ?? next?.before ?? null);
    return isBypass(mode) && toMs > mark.atMs ? [{ fromMs: mark.atMs, toMs, mode }] : [];
  });
}

/** Time in one mode within one minute. */
export interface BypassMinute {
  readonly mode: string;
  /** How much longer it was than was told before; less than 0 where it was shorter. */
  readonly ms: number;
  /** End of that time, unix ms. */
  readonly endMs: number;
}

/**
 * By how much stretches differ from those that were told, by minute and mode.
 * @param minuteMs length of a minute.
 */
export function untoldMinutes(
  known: readonly BypassStretch[],
  told: readonly BypassStretch[],
  minuteMs: number,
): BypassMinute[] {
  const minutes = new Map<string, BypassMinute>();
  const add = ({ fromMs, toMs, mode }: BypassStretch, sign: 1 | -1): void => {
    for (let startMs = fromMs; startMs < toMs; ) {
      const minute = Math.floor(startMs / minuteMs);
      const endMs = Math.min(toMs, (minute + 1) * minuteMs);
      const key = `${minute} ${mode}`;
      const before = minutes.get(key);
      minutes.set(key, {
        mode,
        ms: (before?.ms ?? 0) + sign * (endMs - startMs),
        endMs: Math.max(before?.endMs ?? 0, endMs),
      });
      startMs = endMs;
    }
  };
  for (const stretch of known) add(stretch, 1);
  for (const stretch of told) add(stretch, -1);
  return [...minutes.values()].filter(({ ms }) => ms !== 0);
}

/** Stretches without what was before a moment. */
export function since(stretches: readonly BypassStretch[], ms: number): BypassStretch[] {
  return stretches
    .filter(({ toMs }) => toMs > ms)
    .map((stretch) => ({ ...stretch, fromMs: Math.max(stretch.fromMs, ms) }));
}

/** Marks without those that say nothing of the time since a moment. */
export function marksSince(marks: readonly ModeMark[], ms: number): readonly ModeMark[] {
  const place = marks.findLastIndex(({ atMs }) => atMs <= ms);
  return place <= 0 ? marks : marks.slice(place);
}
