/** Someone who is about to receive a message whose size nobody knows yet. */
export interface SlotReader {
  /** The slot is there: read on. Called at once, or when somebody left. */
  begin(): void;
  /** The slot was taken away, because others wait and this one was slow. */
  evict(): void;
}

/** So many messages may be on their way in at once: what they can take of the memory is the limit times their size. */
export interface ReadSlots {
  /** Answers the function that gives the slot, or the place in the queue, back; it may be called twice. */
  enter(reader: SlotReader): () => void;
}

/** How many, and how long a slow one is left alone while others wait. */
export interface ReadSlotsOptions {
  readonly limit: number;
  /** A reader that holds its slot for longer than this makes room, ms; the sooner, the more others wait. */
  readonly patienceMs: number;
}

/** Time enough for any message whose sender does not wait in between. */
const MIN_PATIENCE_MS = 20;

/**
 * Builds the slots. Readers wait in line; a slow client cannot keep the others out, since whoever held a slot the longest
 * loses it to those who wait.
 */
export function createReadSlots({ limit, patienceMs }: ReadSlotsOptions): ReadSlots {
  const queue = new Set<SlotReader>();
  /** Those inside, oldest first, with the time at which they came in. */
  const inside = new Map<SlotReader, number>();
  let timer: NodeJS.Timeout | undefined;

  const settle = (): void => {
    for (const reader of queue) {
      if (inside.size >= limit) break;
      queue.delete(reader);
      inside.set(reader, performance.now());
      reader.begin();
    }
    watch();
  };

  /** Looks at the oldest reader again when its patience is over, as long as somebody waits. */
  const watch = (): void => {
    clearTimeout(timer);
    const [oldest] = inside;
    if (queue.size === 0 || oldest === undefined) return;
    const [, sinceMs] = oldest;
    const leftMs = Math.max(MIN_PATIENCE_MS, patienceMs / queue.size);
    // What came while this process was busy is read before anybody is called slow.
    const look = (): void => {
      setImmediate(() => evict(oldest[0]));
    };
    timer = setTimeout(look, Math.max(0, sinceMs + leftMs - performance.now())).unref();
  };

  const evict = (reader: SlotReader): void => {
    if (queue.size === 0 || !inside.delete(reader)) return;
    reader.evict();
    settle();
  };

  return {
    enter(reader) {
      queue.add(reader);
      settle();
      return () => {
        queue.delete(reader);
        if (inside.delete(reader)) settle();
      };
    },
  };
}
