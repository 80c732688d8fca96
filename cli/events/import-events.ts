import type { PostedEvents, RefusedLine } from './post-events.ts';
import type { EventLine } from './read-event-lines.ts';

/** What became of a file of events. */
export interface EventImport {
  /** Events in the file. */
  readonly events: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  /** The first of those that were refused. */
  readonly refusals: readonly RefusedLine[];
}

/** Options of `importEvents`. */
export interface ImportEventsOptions {
  readonly lines: AsyncIterable<EventLine>;
  readonly post: (lines: readonly EventLine[]) => Promise<PostedEvents>;
  /** Hears of every batch. */
  readonly onProgress: (soFar: EventImport) => void;
}

/** What one request carries: enough that the commit hardly matters, far from the bridge's limits. */
const BATCH_EVENTS = 1000;
const BATCH_LENGTH = 4_000_000;
/** More would hide the first. */
const MAX_REFUSALS = 100;

/** Posts events in batches, in their order. @throws what reading and posting throw */
export async function importEvents({ lines, post, onProgress }: ImportEventsOptions): Promise<EventImport> {
  let sum: EventImport = { events: 0, accepted: 0, duplicates: 0, refused: 0, refusals: [] };
  for await (const batch of cutBatches(lines)) {
    const posted = await post(batch);
    sum = {
      events: sum.events + batch.length,
      accepted: sum.accepted + posted.accepted,
      duplicates: sum.duplicates + posted.duplicates,
      refused: sum.refused + posted.refused.length,
      refusals: [...sum.refusals, ...posted.refused].slice(0, MAX_REFUSALS),
    };
    onProgress(sum);
  }
  return sum;
}

async function* cutBatches(lines: AsyncIterable<EventLine>): AsyncGenerator<readonly EventLine[]> {
  let batch: EventLine[] = [];
  let length = 0;
  for await (const line of lines) {
    if (batch.length > 0 && (batch.length >= BATCH_EVENTS || length + line.text.length > BATCH_LENGTH)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(line);
    length += line.text.length;
  }
  if (batch.length > 0) yield batch;
}
