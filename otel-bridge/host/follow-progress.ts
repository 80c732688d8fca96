import type { AgentEvent } from '../domain/event.ts';

/** How far reading transcripts came, as status shows it. Keys leave the process as JSON. */
export interface TranscriptProgress {
  /** `importing`: reading what was there; `following`: waiting for more; `done`: read once, as asked; `stopped`. */
  readonly state: 'importing' | 'following' | 'done' | 'stopped';
  /** Transcripts that are new enough, and how many of them were read to their end. */
  readonly files_total: number;
  readonly files_done: number;
  /** Events that were delivered, and the sessions that they belong to. */
  readonly events: number;
  readonly sessions: number;
  /** Oldest and newest event, RFC 3339; null before the first. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** Counts what was delivered. */
export interface DeliveredCount {
  add(events: readonly AgentEvent[]): void;
  read(): Pick<TranscriptProgress, 'events' | 'sessions' | 'oldest' | 'newest'>;
}

/** Starts counting at zero. */
export function createDeliveredCount(): DeliveredCount {
  const sessions = new Set<string>();
  let count = 0;
  let oldestMs = Number.POSITIVE_INFINITY;
  let newestMs = Number.NEGATIVE_INFINITY;
  const iso = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
  return {
    add(events) {
      count += events.length;
      for (const { correlation, tsMs } of events) {
        if (correlation.sessionId !== undefined) sessions.add(correlation.sessionId);
        oldestMs = Math.min(oldestMs, tsMs);
        newestMs = Math.max(newestMs, tsMs);
      }
    },
    read: () => ({ events: count, sessions: sessions.size, oldest: iso(oldestMs), newest: iso(newestMs) }),
  };
}
