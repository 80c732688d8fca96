import type { JournalEvent } from '../domain/event.ts';
import type { Fact } from '../domain/fact.ts';
import type { Session } from '../domain/session.ts';
import { numberOf } from '../domain/values.ts';
import type { FactPatch } from './fact-patch.ts';
import { factPatches } from './fact-patches.ts';
import { isHistory } from './history.ts';
import { endImplicitRun, placeRun, withoutImpliedEnd } from './implied-end.ts';
import { mergeFact } from './merge-fact.ts';
import { isRunCost } from './run-cost.ts';
import { nextSession } from './session-state.ts';
import type { ProjectionSettings } from './settings.ts';
import type { ProjectionStore } from './store.ts';
import {
  addToTally,
  FACTS_TELLER,
  FORK_TELLER,
  partsOfCall,
  type TallyPart,
  tallyKey,
  tallyPartOf,
} from './tally.ts';
import { hasTokenLevels, tokenLevels } from './token-levels.ts';

/** Event types that speak for their session alone and are no line in anyone's log. */
const SILENT_TYPES = new Set(['agent.traces', 'agent.tally']);

/** Whether an event is told at another time than that of which it tells: nobody was at work then. */
export function isSilent({ type }: Pick<JournalEvent, 'type'>): boolean {
  return SILENT_TYPES.has(type);
}

/** What counters get of a fact. */
const FIGURES = [
  'name',
  'outcome',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheCreationTokens',
  'costNanoUsd',
] as const;

/** Ways for a session to go on in a new process. */
const RESUMES: ReadonlySet<unknown> = new Set(['resume', 'continue']);

/**
 * Takes one event into sessions and facts.
 * @returns the fact that the event's log record tells of; null where the event has none of its own
 * (model calls are logged once, when they settle).
 */
export function projectEvent(
  event: JournalEvent,
  store: ProjectionStore,
  settings: ProjectionSettings,
): Fact | null {
  const { sessionId } = event.correlation;
  const patches = isSilent(event) ? [] : factPatches(event, store, settings);
  const news = patches.filter(({ key }) => !store.isPruned(key, event.tsMs));
  const isOld = news.length === 0 && patches.length > 0;
  if (sessionId !== undefined) {
    const known = store.session(sessionId);
    // A session that was forgotten does not come back with what was forgotten.
    if (isOld && known === undefined && store.isPruned(`session:${sessionId}`, event.tsMs)) return null;
    const session = nextSession(known, sessionId, event, settings);
    store.putSession(session);
    if (known === undefined && event.type !== 'session.start')
      store.putFact(impliedSession(session, event, settings));
    else if (known !== undefined && session.startedMs < known.startedMs) beginEarlier(session, store);
  }
  for (const part of toldParts(event, settings)) tally(part, sessionId ?? null, event, store, settings);
  let logged: Fact | null = null;
  for (const patch of news) {
    const before = store.fact(patch.key);
    const fact = takePatch(before, patch, event, store, settings);
    store.putFact(fact);
    if (before !== undefined && isCorrection(before, fact)) store.noteCorrection();
    showCallsAlone(before, fact, store);
    for (const part of partsOf(before, fact)) tally(part, fact.sessionId, event, store, settings);
    if (patch.waits === true && hasTokenLevels(fact)) showOneLevel(fact, store);
    logged ??= fact;
  }
  return logged === null || logged.kind === 'api' || logged.origins[event.type] !== event.origin
    ? null
    : logged;
}

/** Usage of a whole run waits to be counted; meanwhile it must not be shown beside the run's calls, whichever came first. */
function showCallsAlone(before: Fact | undefined, fact: Fact, store: ProjectionStore): void {
  const { kind, key, sessionId, runId } = fact;
  if (sessionId === null) return;
  if (kind === 'api') store.supersedeUsage(sessionId, runId, fact.costNanoUsd !== null);
  if (isRunCost(fact)) {
    // It is summed when it settles, if the calls do not tell it by then.
    if (before === undefined) store.supersede(key);
  } else if (kind === 'usage' && store.hasApiFacts(sessionId, runId)) store.supersede(key);
}

/** A sum waits to be counted; meanwhile it must not be shown beside its parts, nor beside what it is a part of. */
function showOneLevel(fact: Fact & { readonly traceId: string }, store: ProjectionStore): void {
  const { repeated, above } = tokenLevels(fact, store.tokenSpans(fact.traceId));
  const twice = repeated ? [fact.key] : above.map((span) => span.fact.key);
  for (const key of twice) store.supersede(key);
}

/** What an event tells of a session's sums by itself. */
function toldParts(event: JournalEvent, settings: ProjectionSettings): TallyPart[] {
  if (event.type === 'agent.tally') {
    const part = tallyPartOf(event, settings);
    return part === null ? [] : [part];
  }
  if (event.type === 'session.end') return sumParts(event, settings);
  if (event.type !== 'session.start') return [];
  const { start_type: startType } = event.payload;
  const part = {
    measure: 'resumes' as const,
    amount: 1,
    history: isHistory(event, settings),
    atMs: event.tsMs,
  };
  if (startType === 'fork') return [{ ...part, teller: FORK_TELLER, sumOf: 'session' }];
  return RESUMES.has(startType) ? [{ ...part, teller: event.origin }] : [];
}

/** Lines that an agent says at its end it wrote in the session so far, unless another session's are among them. */
function sumParts(event: JournalEvent, settings: ProjectionSettings): TallyPart[] {
  const { payload, tsMs } = event;
  if (payload.forked_from !== undefined) return [];
  const history = isHistory(event, settings);
  return (['lines_added', 'lines_removed'] as const).flatMap((measure) => {
    const amount = numberOf(payload[measure]) ?? 0;
    return amount > 0 ? [{ measure, teller: 'end', amount, sumOf: 'session', history, atMs: tsMs }] : [];
  });
}

/** What a fact adds to its session's sums, beyond what was known of it before. */
function partsOf(before: Fact | undefined, after: Fact): TallyPart[] {
  if (after.kind !== 'commit' && after.kind !== 'pull_request') return partsOfCall(before, after);
  // One that no session was known of when it settled was counted by itself.
  const isNew =
    after.sessionId !== null && before?.sessionId !== after.sessionId && after.state !== 'counted';
  const measure = after.kind === 'commit' ? 'commits' : 'pull_requests';
  return isNew
    ? [{ measure, teller: FACTS_TELLER, amount: 1, history: after.history, atMs: after.endMs ?? 0 }]
    : [];
}

function tally(
  part: TallyPart,
  sessionId: string | null,
  event: JournalEvent,
  store: ProjectionStore,
  settings: ProjectionSettings,
): void {
  if (sessionId === null) return;
  const key = tallyKey(sessionId, part.measure);
  if (store.isPruned(key, event.tsMs)) return;
  store.putFact(addToTally(store.fact(key), part, sessionId, event, settings));
}

/** True where what is shown of a counted fact is no longer what counters got. */
function isCorrection(before: Fact, after: Fact): boolean {
  return (
    before.state === 'counted' && !before.history && FIGURES.some((name) => before[name] !== after[name])
  );
}

/** What is known after one more patch. A run that is new takes its place among the others of its session. */
function takePatch(
  before: Fact | undefined,
  patch: FactPatch,
  event: JournalEvent,
  store: ProjectionStore,
  settings: ProjectionSettings,
): Fact {
  const { kind, key, startMs, endMs } = patch;
  if (kind !== 'run') return mergeFact(before, patch, event, settings);
  const isNew = startMs !== undefined && (before?.startMs ?? null) === null;
  const impliedEndMs = isNew ? placeRun({ key, startMs }, event, store, settings) : null;
  const known = before !== undefined && endMs !== undefined ? withoutImpliedEnd(before) : before;
  const run = mergeFact(known, patch, event, settings);
  const ended = impliedEndMs === null ? null : endImplicitRun(run, impliedEndMs, event.receivedMs, settings);
  return ended ?? run;
}

/** A session that never said that it began is a session all the same. */
function impliedSession(session: Session, event: JournalEvent, settings: ProjectionSettings): Fact {
  const patch = {
    key: `session:${session.id}`,
    kind: 'session',
    eventType: 'session.start',
    startMs: event.tsMs,
    data: {},
    ready: true,
  } as const;
  // It waits for its start even where telemetry tells of something in it.
  const fact = mergeFact(undefined, patch, { ...event, type: 'session', origin: 'bridge' }, settings);
  return { ...fact, origins: {} };
}

/** Something that was earlier than all that was known: the session had begun by then. */
function beginEarlier({ id, startedMs }: Session, store: ProjectionStore): void {
  const fact = store.fact(`session:${id}`);
  if (fact !== undefined && (fact.startMs ?? startedMs) >= startedMs) {
    store.putFact({ ...fact, startMs: startedMs });
  }
}
