import type { AppendStatus } from '../../domain/journal.ts';
import type { AppendRows } from './journal-core.ts';
import type { AppendAnswer } from './journal-messages.ts';

/** An append that waits for its group to be on disk. */
interface Waiting {
  readonly rows: AppendRows;
  readonly resolve: (statuses: AppendStatus[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A group with so many events goes at once, and the writer is at work while the rest of the turn is read; what comes to
 * it meanwhile shares the next sync. Fewer, and there would be more than 40 syncs per 1,000 events.
 */
const EARLY_EVENTS = 32;

/**
 * Sends the appends of one turn of the event loop as few messages: what a message costs is paid once for many of them.
 * @param send makes a group durable. Answers the places of duplicates, counted over all of its events.
 * @returns what makes one append durable, as part of a group. It fails as its group does.
 */
export function createAppendGroups(
  send: (requests: readonly AppendRows[]) => Promise<AppendAnswer>,
): (rows: AppendRows) => Promise<AppendStatus[]> {
  let open: Waiting[] = [];
  let openEvents = 0;

  const sendGroup = async (): Promise<void> => {
    if (open.length === 0) return;
    const group = open;
    open = [];
    openEvents = 0;
    try {
      const duplicates = new Set(await send(group.map(({ rows }) => rows)));
      let place = 0;
      for (const { rows, resolve } of group) {
        const first = place;
        place += rows.events.length;
        resolve(rows.events.map((_, index) => (duplicates.has(first + index) ? 'duplicate' : 'stored')));
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  return (rows) =>
    new Promise((resolve, reject) => {
      // Behind everything that this turn still reads from its connections.
      if (open.length === 0) setImmediate(sendGroup);
      open.push({ rows, resolve, reject });
      openEvents += rows.events.length;
      if (openEvents >= EARLY_EVENTS) void sendGroup();
    });
}
