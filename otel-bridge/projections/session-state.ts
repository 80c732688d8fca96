import type { JournalEvent } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import { textOf } from '../domain/values.ts';
import { attributionOf } from './attribution.ts';
import type { ProjectionSettings } from './settings.ts';

/** Which of several tellers of a field is believed: the one that spoke of the earliest or of the latest moment. */
type Belief = 'earliest' | 'latest';

/** Events that are told at another time than that of which they tell. */
const QUIET_TYPES = new Set(['agent.tally', 'agent.traces']);

/** Ways for a session to go on; how it began is something else. */
const RESUMES = new Set(['resume', 'continue']);

/** What a session looks like after one more of its events. Pure, and the order in which events come does not matter. */
export function nextSession(
  known: Session | undefined,
  id: string,
  event: JournalEvent,
  settings: Pick<ProjectionSettings, 'rules'>,
): Session {
  const { attributes, payload, source, tsMs } = event;
  const told = attributionOf(event, settings.rules);
  const betterProject = known === undefined || told.projectRank > known.projectRank;
  const betterAgent = known === undefined || told.agentRank > known.agentRank;
  const toldMs: Record<string, number> = { ...known?.toldMs };
  const read = (key: string): string | undefined => textOf(payload[key]) ?? textOf(attributes[key]);
  const fill = (
    field: string,
    belief: Belief,
    value: string | null | undefined,
    found: string | undefined,
  ): string | null => {
    if (found === undefined) return value ?? null;
    const before = toldMs[field];
    if (value !== null && value !== undefined && before !== undefined && !beats(belief, tsMs, before)) {
      // Of one moment the smaller word counts, whoever spoke first.
      return tsMs === before && found < value ? found : value;
    }
    toldMs[field] = tsMs;
    return found;
  };
  const lastMs = lastSeen(known, toldMs, event);
  if (event.origin === 'telemetry') toldMs.telemetry = Math.max(toldMs.telemetry ?? tsMs, tsMs);
  // Something after the end means that the session goes on (a resume).
  const endsNow = event.type === 'session.end' && tsMs >= (known?.endedMs ?? 0) && tsMs >= lastMs;
  const stays = !endsNow && known?.endedMs !== null && known?.endedMs === lastMs;
  const startType = read('start_type');
  return {
    id,
    framework: known?.framework ?? source.framework,
    clientId: fill('client_id', 'earliest', known?.clientId, source.clientId),
    host: fill('host', 'earliest', known?.host, source.host),
    project: betterProject ? told.project : known.project,
    projectRank: betterProject ? told.projectRank : known.projectRank,
    agent: betterAgent ? told.agent : known.agent,
    agentRank: betterAgent ? told.agentRank : known.agentRank,
    repository: fill('repository', 'earliest', known?.repository, read('repository')),
    branch: fill('branch', 'latest', known?.branch, read('branch')),
    cwd: fill('cwd', 'earliest', known?.cwd, read('cwd')),
    model: fill(
      'model',
      'latest',
      known?.model,
      event.type === 'api.request' ? textOf(payload.model) : undefined,
    ),
    startedMs: Math.min(known?.startedMs ?? tsMs, tsMs),
    lastMs,
    endedMs: endsNow ? tsMs : stays ? known.endedMs : null,
    endReason: endsNow ? (textOf(payload.reason) ?? null) : stays ? known.endReason : null,
    startType: laterStart(known?.startType ?? null, startType ?? null),
    ownSpans: (known?.ownSpans ?? false) || payload.own_spans === true,
    firstReceivedMs: known?.firstReceivedMs ?? event.receivedMs,
    toldMs,
  };
}

/**
 * When a session was last seen at work. Sums are told when a process exports them, after its last word too: they keep
 * no session going, and count where nothing else tells of it.
 */
function lastSeen(
  known: Session | undefined,
  toldMs: Record<string, number>,
  { type, tsMs }: JournalEvent,
): number {
  const isNew = toldMs.seen === undefined && toldMs.summed === undefined;
  if (known !== undefined && isNew) toldMs.seen = known.lastMs;
  const field = QUIET_TYPES.has(type) ? 'summed' : 'seen';
  toldMs[field] = Math.max(toldMs[field] ?? tsMs, tsMs);
  return toldMs.seen ?? toldMs.summed ?? tsMs;
}

function beats(belief: Belief, tsMs: number, beforeMs: number): boolean {
  return belief === 'earliest' ? tsMs < beforeMs : tsMs > beforeMs;
}

/** How a session began is told once; that it went on, only where nothing else is known. */
function laterStart(known: string | null, told: string | null): string | null {
  if (known === null || told === null) return known ?? told;
  return RESUMES.has(known) && !RESUMES.has(told) ? told : known;
}
