import type { JournalEvent } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import { textOf } from '../domain/values.ts';
import { attributionOf } from './attribution.ts';
import type { ProjectionSettings } from './settings.ts';

/** What a session looks like after one more of its events. Pure; late events never move it back. */
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
  const fill = (value: string | null | undefined, ...keys: string[]): string | null => {
    for (const key of keys) {
      const found = textOf(payload[key]) ?? textOf(attributes[key]);
      if (found !== undefined) return value ?? found;
    }
    return value ?? null;
  };
  const ended = event.type === 'session.end' && tsMs >= (known?.endedMs ?? 0);
  // Something after the end means that the session goes on (a resume).
  const reopened =
    event.type !== 'session.end' && known?.endedMs !== undefined && tsMs > (known.endedMs ?? tsMs);
  return {
    id,
    framework: known?.framework ?? source.framework,
    clientId: known?.clientId ?? source.clientId ?? null,
    host: known?.host ?? source.host ?? null,
    project: betterProject ? told.project : known.project,
    projectRank: betterProject ? told.projectRank : known.projectRank,
    agent: betterAgent ? told.agent : known.agent,
    agentRank: betterAgent ? told.agentRank : known.agentRank,
    repository: fill(known?.repository, 'repository'),
    branch: fill(known?.branch, 'branch'),
    cwd: fill(known?.cwd, 'cwd'),
    model:
      event.type === 'api.request' ? (textOf(payload.model) ?? known?.model ?? null) : (known?.model ?? null),
    startedMs: Math.min(known?.startedMs ?? tsMs, tsMs),
    lastMs: Math.max(known?.lastMs ?? tsMs, tsMs),
    endedMs: ended ? tsMs : reopened ? null : (known?.endedMs ?? null),
    endReason: ended ? (textOf(payload.reason) ?? null) : reopened ? null : (known?.endReason ?? null),
    startType: fill(known?.startType, 'start_type'),
    ownSpans: (known?.ownSpans ?? false) || payload.own_spans === true,
    firstReceivedMs: known?.firstReceivedMs ?? event.receivedMs,
  };
}
