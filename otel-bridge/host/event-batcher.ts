import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentEvent } from '../domain/event.ts';
import type { HostLog } from './host-log.ts';

const MAX_EVENTS = 500;
const MAX_BYTES = 1024 * 1024;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** Takes events; resolves once they are durable. */
export type EventSink = (events: AgentEvent[]) => Promise<void>;

/** Options of `createEventBatcher`. */
export interface EventBatcherOptions {
  readonly sink: EventSink;
  readonly log: HostLog;
  /** Called with the events of a batch after the sink has them. */
  readonly onDelivered: (events: readonly AgentEvent[]) => void;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** Gathers the events of many lines into few calls of the sink. */
export interface EventBatcher {
  /**
   * Adds the events of a line and what is to be remembered once they, and all before them, are durable.
   * Delivers as soon as the batch is full.
   */
  add(events: readonly AgentEvent[], onDurable: () => void): Promise<void>;
  /** Delivers what was gathered. Tries again until the sink takes it; rejects only when the signal ends it. */
  flush(): Promise<void>;
}

/** Creates a batcher: at most 500 events or 1 MiB in one call of the sink. */
export function createEventBatcher(options: EventBatcherOptions): EventBatcher {
  const { sink, log, onDelivered, signal } = options;
  let events: AgentEvent[] = [];
  let bytes = 0;
  let waiting: (() => void)[] = [];

  async function flush(): Promise<void> {
    if (events.length > 0) await deliver(events);
    const done = waiting;
    onDelivered(events);
    events = [];
    bytes = 0;
    waiting = [];
    for (const onDurable of done) onDurable();
  }

  async function deliver(batch: AgentEvent[]): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      signal.throwIfAborted();
      try {
        await sink(batch);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(
          { events: batch.length, err: error },
          `Cannot deliver ${batch.length} events from transcripts: ${reason}. Trying again in ${waitMs} ms`,
        );
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  return {
    async add(more, onDurable) {
      for (const event of more) {
        const eventBytes = JSON.stringify(event).length;
        if (events.length > 0 && (events.length >= MAX_EVENTS || bytes + eventBytes > MAX_BYTES))
          await flush();
        events.push(event);
        bytes += eventBytes;
      }
      waiting.push(onDurable);
    },
    flush,
  };
}
