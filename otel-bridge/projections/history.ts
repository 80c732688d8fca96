import type { JournalEvent } from '../domain/event.ts';
import type { ProjectionSettings } from './settings.ts';

/**
 * True for what was history when it came: too old, or handed in by a person. It is placed at its own time wherever time
 * is asked for, and counters, which go on from now, leave it out.
 */
export function isHistory(
  { origin, receivedMs, tsMs }: Pick<JournalEvent, 'origin' | 'receivedMs' | 'tsMs'>,
  { historyAfterMs }: Pick<ProjectionSettings, 'historyAfterMs'>,
): boolean {
  return origin === 'import' || receivedMs - tsMs > historyAfterMs;
}
