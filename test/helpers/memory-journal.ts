import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type {
  AppendRequest,
  AppendStatus,
  DeadLetter,
  Journal,
  JournalHealth,
  PruneCounts,
  RebuildCounts,
  RefusedRecord,
} from '../../otel-bridge/domain/journal.ts';
import type { Lane, OutboxRecord } from '../../otel-bridge/domain/outbox.ts';

/** A record without its position. */
type NewRecord = OutboxRecord extends infer R ? (R extends { seq: number } ? Omit<R, 'seq'> : never) : never;

/** A journal that keeps everything in memory, for tests of what stands around it. Nothing is projected. */
export class MemoryJournal implements Journal {
  readonly outbox: OutboxRecord[] = [];
  readonly events: AgentEvent[] = [];
  readonly cursors = new Map<string, number>();
  /** What was refused, in order. */
  readonly deadLetters: (DeadLetter & { seq: number })[] = [];
  /** So many of the next calls fail, as on a full disk. */
  failures = 0;
  readonly #outboxListeners = new Set<(lane: Lane) => void>();
  readonly #eventListeners = new Set<(events: readonly AgentEvent[]) => void>();
  #nextSeq = 1;

  /** Puts records into the outbox. @returns their positions. */
  put(...records: NewRecord[]): number[] {
    const added = records.map((record) => ({ ...record, seq: this.#nextSeq++ }) as OutboxRecord);
    this.outbox.push(...added);
    for (const lane of new Set(added.map(({ lane }) => lane))) {
      for (const listener of this.#outboxListeners) listener(lane);
    }
    return added.map(({ seq }) => seq);
  }

  async append({ events, raw = [] }: AppendRequest): Promise<AppendStatus[]> {
    this.#mayFail();
    const known = new Set(this.events.map(({ id }) => id));
    const statuses = events.map((event): AppendStatus => {
      if (known.has(event.id)) return 'duplicate';
      known.add(event.id);
      this.events.push(event);
      return 'stored';
    });
    this.put(...raw.map(({ signal, body }) => ({ lane: `raw/${signal}` as const, body })));
    for (const listener of this.#eventListeners) listener(events.filter((_, i) => statuses[i] === 'stored'));
    return statuses;
  }

  async readOutbox(lane: Lane, afterSeq: number, limit: number): Promise<OutboxRecord[]> {
    this.#mayFail();
    return this.outbox.filter((record) => record.lane === lane && record.seq > afterSeq).slice(0, limit);
  }

  async countOutbox(lane: Lane, afterSeq: number): Promise<number> {
    return this.outbox.filter((record) => record.lane === lane && record.seq > afterSeq).length;
  }

  async readCursor(target: string, lane: Lane): Promise<number> {
    this.#mayFail();
    return this.cursors.get(`${target} ${lane}`) ?? 0;
  }

  async advanceCursor(
    target: string,
    lane: Lane,
    seq: number,
    refused: readonly RefusedRecord[],
  ): Promise<void> {
    this.#mayFail();
    for (const { seq: bad, reason } of refused) {
      const record = this.outbox.find((r) => r.seq === bad && r.lane === lane);
      if (record === undefined) throw new Error(`no record ${bad} in ${lane}`);
      const id = this.deadLetters.length + 1;
      this.deadLetters.push({
        id,
        target,
        lane,
        reason,
        failedMs: 0,
        record: letterText(record),
        seq: bad,
      });
    }
    this.cursors.set(`${target} ${lane}`, seq);
  }

  async listDeadLetters(limit: number): Promise<DeadLetter[]> {
    return this.deadLetters.slice(-limit).reverse();
  }

  async removeDeadLetters(ids: readonly number[]): Promise<number> {
    const kept = this.deadLetters.filter(({ id }) => !ids.includes(id));
    return this.deadLetters.splice(0, this.deadLetters.length, ...kept).length - kept.length;
  }

  health(): JournalHealth {
    return { problem: null, quarantined: [] };
  }

  async putSamples(): Promise<void> {
    // Samples are the business of the SQLite journal's own tests.
  }

  async prune(): Promise<PruneCounts> {
    return { events: 0, facts: 0, records: 0 };
  }

  async countPrunable(): Promise<PruneCounts> {
    return { events: 0, facts: 0, records: 0 };
  }

  async rebuild(): Promise<RebuildCounts> {
    return {
      eventsDone: 0,
      eventsTotal: 0,
      checked: 0,
      corrected: 0,
      added: 0,
      removed: 0,
      unreadable: 0,
    };
  }

  async settled(): Promise<void> {}

  onOutbox(listener: (lane: Lane) => void): () => void {
    this.#outboxListeners.add(listener);
    return () => this.#outboxListeners.delete(listener);
  }

  onEvents(
    hear: (events: readonly AgentEvent[]) => void,
    isWanted: (event: AgentEvent) => boolean = () => true,
  ): () => void {
    const listener = (events: readonly AgentEvent[]): void => hear(events.filter(isWanted));
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #mayFail(): void {
    if (this.failures === 0) return;
    this.failures -= 1;
    throw new Error('disk full');
  }
}

/** A record as a dead letter holds it. */
function letterText(record: OutboxRecord): string {
  if ('body' in record) return Buffer.from(record.body).toString('base64');
  return JSON.stringify('log' in record ? record.log : 'span' in record ? record.span : record.point);
}
