import type { JournalEvent, JsonObject, Origin } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import { numberOf } from '../domain/values.ts';
import type { FactPatch } from './fact-patch.ts';
import { isHistory } from './history.ts';
import type { ProjectionSettings } from './settings.ts';

/** Whose word counts more where two origins tell different things of one fact. */
const AUTHORITY: Readonly<Record<Origin, number>> = {
  telemetry: 5,
  hook: 4,
  ingest: 3,
  bridge: 2,
  transcript: 1,
  import: 0,
};

/** How much longer a provisional fact waits than a whole one. */
export const PROVISIONAL_FACTOR = 30;

/**
 * Adds what an event tells to what is known. Pure; merging the same patches in any order gives the same fact, but
 * for the origins that told first.
 */
export function mergeFact(
  before: Fact | undefined,
  patch: FactPatch,
  event: JournalEvent,
  settings: Pick<ProjectionSettings, 'settleMs' | 'historyAfterMs' | 'priceOf' | 'windowOf'>,
): Fact {
  const { origin, receivedMs } = event;
  const known = patch.endMs === undefined ? before : withoutGuessedEnd(before);
  const wins = known === undefined || AUTHORITY[origin] >= strongest(known);
  const pick = <T>(mine: T | undefined | null, theirs: T | null): T | null =>
    wins ? (mine ?? theirs) : (theirs ?? mine ?? null);
  const usage = patch.usage;
  // A message that is still being written tells rising counts: of one origin the largest is the last.
  const tokens = (mine: number | undefined, theirs: number): number => {
    if (mine === undefined || (usage !== undefined && !wins && hasTokens(known))) return theirs;
    return wins && strongest(known) < AUTHORITY[origin] ? mine : Math.max(mine, theirs);
  };
  // Two events of equal authority each know one edge: the widest span is the fact's.
  // A session lasts from the first to the last that anyone tells of it.
  const equal = known !== undefined && (patch.kind === 'session' || AUTHORITY[origin] === strongest(known));
  const edge = (mine: number | undefined, theirs: number | null, widest: typeof Math.min): number | null =>
    equal && mine !== undefined && theirs !== null ? widest(mine, theirs) : pick(mine, theirs);
  const startMs = edge(patch.startMs, known?.startMs ?? null, Math.min);
  const endMs = edge(patch.endMs, known?.endMs ?? null, Math.max);
  const merged = {
    key: patch.key,
    kind: patch.kind,
    sessionId: event.correlation.sessionId ?? known?.sessionId ?? null,
    runId: pick(patch.runId, known?.runId ?? null),
    parentSpanId: pick(patch.parentSpanId, known?.parentSpanId ?? null),
    traceId: pick(patch.traceId, known?.traceId ?? null),
    eventType: known?.eventType ?? patch.eventType,
    startMs,
    endMs,
    tsNanos: known?.tsNanos ?? event.tsNanos,
    name: pick(patch.name, known?.name ?? null),
    outcome: mergeOutcome(known?.outcome, patch.outcome, wins),
    inputTokens: tokens(usage?.inputTokens, known?.inputTokens ?? 0),
    outputTokens: tokens(usage?.outputTokens, known?.outputTokens ?? 0),
    cacheReadTokens: tokens(usage?.cacheReadTokens, known?.cacheReadTokens ?? 0),
    cacheCreationTokens: tokens(usage?.cacheCreationTokens, known?.cacheCreationTokens ?? 0),
    durationMs: pick(lengthOf(patch), known?.durationMs ?? null) ?? durationOf(patch.kind, startMs, endMs),
    data: mergeData(known?.data, patch.data, wins),
    origins: originsOf(known, event),
    firstReceivedMs: known?.firstReceivedMs ?? receivedMs,
    firstJournalSeq: known?.firstJournalSeq ?? event.journalSeq,
  };
  const window = merged.kind === 'api' && merged.name !== null ? settings.windowOf?.(merged.name) : null;
  const data = typeof window === 'number' ? { ...merged.data, model_window_tokens: window } : merged.data;
  // A command that failed is no success, whoever took the call that ran it for one.
  const failed = merged.outcome === 'success' && (numberOf(merged.data.exit_code) ?? 0) !== 0;
  const outcome = failed ? 'failure' : merged.outcome;
  const cost = costOf(merged, patch, known, event, settings);
  const history = known?.history ?? isHistory(event, settings);
  return { ...merged, data, outcome, ...cost, history, ...stateOf(known, patch, event, settings) };
}

function strongest(fact: Fact | undefined): number {
  let authority = -1;
  for (const origin of Object.values(fact?.origins ?? {})) authority = Math.max(authority, AUTHORITY[origin]);
  return authority;
}

/** An end that was found by waiting yields to one that is told. */
function withoutGuessedEnd(run: Fact | undefined): Fact | undefined {
  const isGuessed =
    run?.kind === 'run' && run.data.implicit_end === true && run.origins['run.end'] === undefined;
  return isGuessed ? { ...run, endMs: null, durationMs: null, outcome: 'unknown' } : run;
}

/** Of any event type. */
const ANY_TYPE = '*';

/** Who told first, per event type, and whose word counts most, where that one was not the first. */
function originsOf(known: Fact | undefined, { type, origin }: JournalEvent): Fact['origins'] {
  const first = { [type]: origin, ...known?.origins };
  return Object.values(first).some((each) => AUTHORITY[each] >= AUTHORITY[origin])
    ? first
    : { ...first, [ANY_TYPE]: origin };
}

function hasTokens(fact: Fact | undefined): boolean {
  if (fact === undefined) return false;
  return fact.inputTokens + fact.outputTokens + fact.cacheReadTokens + fact.cacheCreationTokens > 0;
}

function mergeOutcome(
  known: Fact['outcome'] | undefined,
  told: Fact['outcome'] | undefined,
  wins: boolean,
): Fact['outcome'] {
  if (told === undefined || told === 'unknown') return known ?? 'unknown';
  if (known === undefined || known === 'unknown') return told;
  return wins ? told : known;
}

function mergeData(known: JsonObject | undefined, told: JsonObject, wins: boolean): JsonObject {
  const present = Object.fromEntries(
    Object.entries(told).filter(([, value]) => value !== null && value !== undefined),
  );
  if (known === undefined) return present;
  return wins ? { ...known, ...present } : { ...present, ...known };
}

/** How long it took as it is told; a clock that was set back meanwhile gives less than nothing, which says nothing. */
function lengthOf({ durationMs }: FactPatch): number | undefined {
  return durationMs === undefined || durationMs < 0 ? undefined : durationMs;
}

function durationOf(kind: Fact['kind'], startMs: number | null, endMs: number | null): number | null {
  const hasDuration = kind === 'run' || kind === 'tool' || kind === 'span';
  return hasDuration && startMs !== null && endMs !== null ? Math.max(0, endMs - startMs) : null;
}

/** The agent's own figure where it gives one, else the list price of what is known by now. */
function costOf(
  fact: Pick<
    Fact,
    'name' | 'data' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheCreationTokens'
  >,
  patch: FactPatch,
  known: Fact | undefined,
  event: JournalEvent,
  { priceOf }: Pick<ProjectionSettings, 'priceOf'>,
): Pick<Fact, 'costNanoUsd' | 'costSource'> {
  const reported = patch.usage?.costNanoUsd ?? null;
  if (reported !== null) return { costNanoUsd: reported, costSource: 'reported' };
  if (known?.costSource === 'reported') return { costNanoUsd: known.costNanoUsd, costSource: 'reported' };
  if ((patch.kind !== 'api' && patch.kind !== 'usage') || fact.name === null) {
    return { costNanoUsd: known?.costNanoUsd ?? null, costSource: known?.costSource ?? null };
  }
  const oneHour = fact.data.cache_creation_1h_tokens;
  const { speed, inference_geo: inferenceGeo, web_search_requests: searches } = fact.data;
  const call = {
    tsMs: event.tsMs,
    usage: {
      input_tokens: fact.inputTokens,
      output_tokens: fact.outputTokens,
      cache_read_tokens: fact.cacheReadTokens,
      cache_creation_tokens: fact.cacheCreationTokens,
      ...(typeof oneHour === 'number' ? { cache_creation_1h_tokens: oneHour } : {}),
      ...(typeof searches === 'number' ? { web_search_requests: searches } : {}),
    },
    ...(typeof speed === 'string' ? { speed } : {}),
    ...(typeof inferenceGeo === 'string' ? { inferenceGeo } : {}),
  };
  // A gateway may answer with another model than was asked for, and charge for that one.
  const requested = typeof fact.data.requested_model === 'string' ? fact.data.requested_model : fact.name;
  const costNanoUsd = priceOf({ ...call, model: requested }) ?? priceOf({ ...call, model: fact.name });
  return { costNanoUsd, costSource: costNanoUsd === null ? null : 'computed' };
}

/** Telemetry settles a fact at once; anything else waits for it; what was counted stays counted. */
function stateOf(
  known: Fact | undefined,
  patch: FactPatch,
  event: JournalEvent,
  { settleMs }: Pick<ProjectionSettings, 'settleMs'>,
): Pick<Fact, 'state' | 'dueMs'> {
  if (known?.state === 'counted') return { state: 'counted', dueMs: null };
  const { receivedMs } = event;
  if (!patch.ready) return { state: known?.state ?? 'open', dueMs: known?.dueMs ?? null };
  if (event.origin === 'telemetry') {
    return { state: 'ready', dueMs: patch.waits === true ? receivedMs + settleMs : receivedMs };
  }
  if (patch.provisional === true && known?.state !== 'ready') {
    return { state: 'open', dueMs: receivedMs + settleMs * PROVISIONAL_FACTOR };
  }
  const whole = (known?.state === 'ready' ? known.dueMs : null) ?? receivedMs + settleMs;
  return { state: 'ready', dueMs: whole };
}
