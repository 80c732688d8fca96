import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { TallyPayload } from '../domain/payload.ts';
import { TALLY_MEASURES, type TallyMeasure } from '../domain/tally-measure.ts';
import { numberOf, objectOf } from '../domain/values.ts';
import { isHistory } from './history.ts';
import type { ProjectionSettings } from './settings.ts';

/** Teller of what is known one by one: tool calls, commits. */
export const FACTS_TELLER = 'facts';

/**
 * Who knows that a session is a fork of another one. Claude Code's telemetry calls that a resume, but a fork is a session
 * of its own: of the resumes that telemetry tells, the first is none then.
 */
export const FORK_TELLER = 'fork';
/** Whose word on forks is not taken. */
const CALLS_FORKS_RESUMES = 'telemetry';

/** A part of a sum over a session, as one teller tells it. */
export interface TallyPart {
  readonly measure: TallyMeasure;
  readonly teller: string;
  readonly amount: number;
  /** Set where `amount` is the whole sum so far of this series, not a step of it. */
  readonly sumOf?: string | undefined;
  /** True where counters leave it out. */
  readonly history: boolean;
  /** When it happened, unix ms. */
  readonly atMs: number;
}

/** Sums by series; the name of a series begins with its teller. */
type Sums = Readonly<Record<string, number>>;

/** A fact of kind `tally`: all that tellers said, the part of it that is no history, and what counters hold of that. */
interface TallyData {
  readonly all: Sums;
  readonly live: Sums;
  readonly counted: number;
  /** The facts' part by quarter of an hour (see `TALLY_PERIOD_MS`): no local day begins within one. */
  readonly at: Sums;
}

const SEPARATOR = '@';
/** Length of the periods that a tally tells apart, ms. */
export const TALLY_PERIOD_MS = 900_000;

/** Key of the fact that holds a session's sum. */
export function tallyKey(sessionId: string, measure: TallyMeasure): string {
  return `tally:${sessionId}:${measure}`;
}

/** The part that an `agent.tally` event tells; null where it is none. */
export function tallyPartOf(
  event: JournalEvent,
  settings: Pick<ProjectionSettings, 'historyAfterMs'>,
): TallyPart | null {
  if (!isTallyPayload(event.payload)) return null;
  const { measure, teller, amount, sum_of: sumOf } = event.payload;
  const history = isHistory(event, settings);
  return { measure, teller, amount, sumOf, history, atMs: event.tsMs };
}

/** As `tallyPayloadSchema` has it, without the library behind that: the journal's thread needs it for nothing else. */
function isTallyPayload(payload: object): payload is TallyPayload {
  const { measure, teller, amount, sum_of: sumOf } = payload as Partial<Record<keyof TallyPayload, unknown>>;
  return (
    TALLY_MEASURES.some((name) => name === measure) &&
    typeof teller === 'string' &&
    typeof amount === 'number' &&
    Number.isFinite(amount) &&
    amount >= 0 &&
    (sumOf === undefined || typeof sumOf === 'string')
  );
}

/**
 * Adds a part to a session's sum. Pure, and the order of parts does not matter. The sum is what the teller who knows
 * most tells: each may have missed something (a dropped export, a transcript that is not there), none tells what did
 * not happen.
 */
export function addToTally(
  known: Fact | undefined,
  part: TallyPart,
  sessionId: string,
  event: JournalEvent,
  { settleMs }: Pick<ProjectionSettings, 'settleMs'>,
): Fact {
  const data = tallyData(known);
  const all = addTo(data.all, part);
  const live = part.history ? data.live : addTo(data.live, part);
  const at = part.teller === FACTS_TELLER ? addTo(data.at, { ...part, teller: periodOf(part) }) : data.at;
  return {
    key: tallyKey(sessionId, part.measure),
    kind: 'tally',
    sessionId,
    runId: null,
    parentSpanId: null,
    traceId: null,
    eventType: 'agent.tally',
    startMs: Math.min(known?.startMs ?? part.atMs, part.atMs),
    endMs: Math.max(known?.endMs ?? part.atMs, part.atMs),
    tsNanos: 0,
    name: part.measure,
    outcome: 'unknown',
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheCreationTokens: 0,
    costNanoUsd: null,
    costSource: null,
    durationMs: null,
    // What facts do not tell one by one is all that sums over facts lack.
    data: { all, live, at, counted: data.counted, rest: largestOf(all) - sumOf(all, FACTS_TELLER) },
    origins: {},
    // Unlike other facts it is counted again whenever it grew.
    state: 'ready',
    dueMs: known?.dueMs ?? event.receivedMs + settleMs,
    history: false,
    firstReceivedMs: known?.firstReceivedMs ?? event.receivedMs,
    firstJournalSeq: known?.firstJournalSeq ?? event.journalSeq,
  };
}

/** What counters lack of a sum, and the fact once they have it. */
export function settleTally(fact: Fact): { readonly fact: Fact; readonly amount: number } {
  const data = tallyData(fact);
  const amount = Math.max(0, largestOf(data.live) - data.counted);
  return { amount, fact: { ...fact, data: { ...fact.data, counted: data.counted + amount } } };
}

/** The measure of a tally. @throws TypeError where the fact is none */
export function measureOf(fact: Fact): TallyMeasure {
  const measure = TALLY_MEASURES.find((name) => name === fact.name);
  if (measure === undefined) throw new TypeError(`Cannot read tally "${fact.key}": found no known measure`);
  return measure;
}

/** The lines and requests of a tool call beyond what was known of it before: parts of the session's sums. */
export function partsOfCall(before: Fact | undefined, after: Fact): TallyPart[] {
  if (after.kind !== 'tool') return [];
  return (['lines_added', 'lines_removed'] as const).flatMap((measure) => {
    const was = before === undefined ? 0 : linesOf(before, measure);
    const is = linesOf(after, measure);
    const wasAtMs = before === undefined ? 0 : timeOf(before);
    if (was === is && (is === 0 || wasAtMs === timeOf(after))) return [];
    const part = { measure, teller: FACTS_TELLER, history: after.history };
    return [
      { ...part, amount: -was, atMs: wasAtMs },
      { ...part, amount: is, atMs: timeOf(after) },
    ].filter(({ amount }) => amount !== 0);
  });
}

function timeOf({ endMs, startMs }: Fact): number {
  return endMs ?? startMs ?? 0;
}

function periodOf({ atMs }: TallyPart): string {
  return String(Math.floor(atMs / TALLY_PERIOD_MS));
}

function linesOf({ data }: Fact, measure: 'lines_added' | 'lines_removed'): number {
  return numberOf(data[measure]) ?? 0;
}

function tallyData(fact: Fact | undefined): TallyData {
  const data = fact?.data ?? {};
  return {
    all: (objectOf(data.all) ?? {}) as Sums,
    live: (objectOf(data.live) ?? {}) as Sums,
    counted: numberOf(data.counted) ?? 0,
    at: (objectOf(data.at) ?? {}) as Sums,
  };
}

function addTo(sums: Sums, { teller, amount, sumOf: series }: TallyPart): Sums {
  const name = series === undefined ? teller : `${teller}${SEPARATOR}${series}`;
  const before = sums[name] ?? 0;
  return { ...sums, [name]: series === undefined ? before + amount : Math.max(before, amount) };
}

function largestOf(sums: Sums): number {
  const tellers = new Set(Object.keys(sums).map((name) => name.split(SEPARATOR)[0] ?? name));
  tellers.delete(FORK_TELLER);
  const forks = sumOf(sums, FORK_TELLER);
  return Math.max(
    0,
    ...[...tellers].map((teller) => sumOf(sums, teller) - (teller === CALLS_FORKS_RESUMES ? forks : 0)),
  );
}

function sumOf(sums: Sums, teller: string): number {
  return Object.entries(sums)
    .filter(([name]) => name === teller || name.startsWith(`${teller}${SEPARATOR}`))
    .reduce((sum, [, amount]) => sum + amount, 0);
}
