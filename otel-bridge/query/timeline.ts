import type { JournalEvent } from '../domain/event.ts';
import type { KnownFact } from '../domain/read-model.ts';
import { isRequest, tokensOf } from './fact-usage.ts';
import { machineLine } from './machine-line.ts';

/** Prompts may be long; a line is not. The run tells the whole. */
const MAX_TEXT_LENGTH = 300;

/** One line of a session's timeline. */
export interface TimelineEntry {
  /** When it began, unix ms. */
  readonly tsMs: number;
  /** `vm`, `container`: what its machine did meanwhile. */
  readonly kind: KnownFact['kind'] | 'vm' | 'container';
  /** One readable line. */
  readonly title: string;
  /** Null where it is not of the session itself. */
  readonly fact: KnownFact | null;
  /** All tokens; null where it carries none, or where its requests tell them one by one. */
  readonly tokens: number | null;
  readonly costNanoUsd: number | null;
}

/**
 * A session's facts as lines in order of time, and what its machine did meanwhile. Usage that single requests tell already
 * has no line.
 */
export function toTimeline(
  facts: readonly KnownFact[],
  machineEvents: readonly JournalEvent[] = [],
): TimelineEntry[] {
  const entries: TimelineEntry[] = facts
    .filter((fact) => !fact.superseded && fact.kind !== 'tally')
    .flatMap((fact) => {
      const entry: TimelineEntry = {
        tsMs: fact.startMs ?? fact.endMs ?? 0,
        kind: fact.kind,
        title: titleOf(fact),
        fact,
        tokens: isRequest(fact) ? tokensOf(fact) : null,
        costNanoUsd: isRequest(fact) ? fact.costNanoUsd : null,
      };
      const end = endOfSession(fact);
      return end === null ? [entry] : [entry, { ...entry, ...end }];
    });
  for (const event of machineEvents) {
    const kind = event.type.startsWith('container.') ? 'container' : 'vm';
    const title = machineLine(event);
    entries.push({ tsMs: event.tsMs, kind, title, fact: null, tokens: null, costNanoUsd: null });
  }
  // The sort is stable: what happened at one moment stays in the order in which it was told.
  return entries.sort((a, b) => a.tsMs - b.tsMs);
}

/** A session's beginning and end are one fact, and two lines. */
function endOfSession({
  kind,
  startMs,
  endMs,
  data,
}: KnownFact): Pick<TimelineEntry, 'tsMs' | 'title'> | null {
  if (kind !== 'session' || startMs === null || endMs === null) return null;
  return { tsMs: endMs, title: join('Session ended', say(data.reason)) };
}

function titleOf({ kind, name, data, eventType, endMs, outcome }: KnownFact): string {
  switch (kind) {
    case 'session':
      return join('Session started', say(data.start_type));
    case 'run':
      if (endMs !== null) return 'Run';
      return outcome === 'abandoned' ? 'Run, abandoned' : 'Run, still open';
    case 'prompt':
      return join('Prompt', say(data.text) ?? length(data.length));
    case 'api':
      return join(name ?? 'Model request', say(data.error_message) ?? say(data.error_type));
    case 'usage':
      return join('Usage', name);
    case 'tool':
      return join(name ?? 'Tool call', say(data.summary) ?? say(data.error_type));
    case 'decision':
      return join(`Permission: ${say(data.decision) ?? 'decided'}`, name);
    case 'span':
      return join(name ?? 'Span', say(data.summary) ?? say(data.subagent));
    case 'task':
      return join('Task', name);
    case 'commit':
      return join('Commit', name);
    case 'pull_request':
      return join('Pull request', name);
    case 'tally':
    case 'event':
      return join(eventType, say(data.message) ?? say(data.error) ?? say(data.summary));
  }
}

function join(first: string, second: string | null): string {
  return second === null ? first : `${first}: ${second}`;
}

/** A text as part of one line. */
function say(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const line = value
    .slice(0, MAX_TEXT_LENGTH + 1)
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line === '') return null;
  return value.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH)}…` : line;
}

function length(value: unknown): string | null {
  return typeof value === 'number' || say(value) !== null ? `${value} characters` : null;
}
