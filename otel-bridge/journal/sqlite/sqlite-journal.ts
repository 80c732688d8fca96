import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { MonitorError, type MonitorErrorCode } from '../../domain/error.ts';
import type { AgentEvent } from '../../domain/event.ts';
import type { AppendStatus, DeadLetter, Journal, QuarantinedFile } from '../../domain/journal.ts';
import type { Lane, OutboxRecord } from '../../domain/outbox.ts';
import { createAppendGroups } from './append-groups.ts';
import { eventRow } from './event-row.ts';
import type { AppendRows } from './journal-core.ts';
import type { AppendAnswer, JournalReply, JournalRequest } from './journal-messages.ts';
import { cursorName, rowRecord } from './outbox-table.ts';
import { countPrunable, type PruneStep } from './prune.ts';
import type { RebuildStep } from './rebuild/rebuilder.ts';

/** Records that are read at once, which takes a millisecond: whoever waits for an answer has their turn then. */
const READ_RECORDS = 64;

/** What the journal needs on the side of those who use it. */
export interface SqliteJournalOptions {
  readonly path: string;
  /** IANA name of the zone that days are cut in. */
  readonly timezone: string;
  /** The thread that runs `runJournalWorker` on the same path. */
  readonly worker: Worker;
  /** Called when the journal cannot go on for now (the disk is full), once per cause; null when it can again. */
  readonly onProblem: (message: string | null) => void;
  /** Called when a damaged file was put aside. */
  readonly onQuarantine: (file: QuarantinedFile) => void;
  /** Called when the journal's thread ended by itself: the process cannot go on. */
  readonly onDeath: (error: Error) => void;
}

/** Somebody who hears of events. */
interface EventListener {
  readonly hear: (events: readonly AgentEvent[]) => void;
  readonly isWanted: (event: AgentEvent) => boolean;
}

type RequestBody = JournalRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, 'id'>
    : never
  : never;

/**
 * Opens the journal: writes go to its thread, reads of the outbox to a connection of its own.
 * @throws MonitorError when the thread cannot open the file.
 */
export async function openSqliteJournal({
  path,
  timezone,
  worker,
  onProblem,
  onQuarantine,
  onDeath,
}: SqliteJournalOptions): Promise<Journal> {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const outboxListeners = new Set<(lane: Lane) => void>();
  const eventListeners = new Set<EventListener>();
  let nextId = 1;
  let closing = false;
  const startedMs = Date.now();
  let quarantined: readonly QuarantinedFile[] = [];
  let problem: string | null = null;

  const fail = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (reply: JournalReply) => {
      switch (reply.kind) {
        case 'ready':
          quarantined = reply.quarantined;
          for (const file of quarantined.filter(({ atMs }) => atMs >= startedMs)) onQuarantine(file);
          return resolve();
        case 'failed':
          // It ends by itself: that it did not begin is all there is to say.
          closing = true;
          return reject(new MonitorError(reply.code as MonitorErrorCode, reply.message));
        case 'done':
          waiting.get(reply.id)?.resolve(reply.value as never);
          waiting.delete(reply.id);
          return;
        case 'refused':
          waiting.get(reply.id)?.reject(
            new MonitorError(
              'unavailable',
              `Cannot write journal "${path}": ${reply.message}. Nothing was accepted; free the disk, then senders may try again`,
              // Claude Code drops a batch that it is told to hold for long.
              { retryAfterS: 1 },
            ),
          );
          waiting.delete(reply.id);
          return;
        case 'outbox':
          for (const lane of reply.lanes) for (const listener of outboxListeners) listener(lane);
          return;
        case 'problem':
          problem = reply.message;
          onProblem(problem);
      }
    });
    worker.once('error', (error) => {
      reject(error);
      fail(error);
      onDeath(error);
    });
    worker.once('exit', (code) => {
      const error = new MonitorError('internal', `The journal's thread ended with code ${code}`);
      reject(error);
      fail(error);
      if (!closing) onDeath(error);
    });
  });
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('PRAGMA busy_timeout = 5000');
  const selectOutbox = reader.prepare(
    'SELECT seq, lane, record FROM outbox WHERE lane = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  const countOutbox = reader.prepare('SELECT count(*) AS count FROM outbox WHERE lane = ? AND seq > ?');
  const selectCursor = reader.prepare('SELECT seq FROM cursors WHERE name = ?');
  const selectDeadLetters = reader.prepare('SELECT * FROM dead_letters ORDER BY id DESC LIMIT ?');

  const ask = <T>(body: RequestBody, transfer: readonly ArrayBuffer[] = []): Promise<T> => {
    if (closing)
      return Promise.reject(new MonitorError('unavailable', 'The journal is closed', { retryAfterS: 1 }));
    const id = nextId++;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (value: never) => void, reject });
      worker.postMessage({ ...body, id }, [...transfer]);
    });
  };

  const append = createAppendGroups((requests) =>
    ask<AppendAnswer>({ op: 'append', requests }, transferable(requests)),
  );

  /** Those of the events that somebody wants to hear of, with their places. */
  const wantedOf = (events: readonly AgentEvent[]): Map<number, AgentEvent> => {
    const wanted = new Map<number, AgentEvent>();
    for (const [index, event] of events.entries()) {
      for (const { isWanted } of eventListeners) {
        if (!isWanted(event)) continue;
        wanted.set(index, event);
        break;
      }
    }
    return wanted;
  };

  const announce = async (
    wanted: ReadonlyMap<number, AgentEvent>,
    appended: Promise<AppendStatus[]>,
  ): Promise<AppendStatus[]> => {
    const statuses = await appended;
    const stored = [...wanted].flatMap(([index, event]) => (statuses[index] === 'stored' ? [event] : []));
    for (const { hear, isWanted } of eventListeners) {
      const heard = stored.filter(isWanted);
      if (heard.length > 0) hear(heard);
    }
    return statuses;
  };

  return {
    append({ events, raw = [] }) {
      if (events.length === 0 && raw.length === 0) return Promise.resolve([]);
      const receivedMs = Date.now();
      const stored = append({
        events: events.map((event) => eventRow(event, receivedMs)),
        raw: raw.map(({ signal, body }) => ({ lane: `raw/${signal}` as const, body })),
      });
      // While the rows wait for the disk the events need not, but for those that somebody wants.
      const wanted = wantedOf(events);
      return wanted.size === 0 ? stored : announce(wanted, stored);
    },
    async readOutbox(lane, afterSeq, limit) {
      const records: OutboxRecord[] = [];
      for (let room = Math.min(limit, READ_RECORDS); room > 0; ) {
        const rows = selectOutbox.all(lane, records.at(-1)?.seq ?? afterSeq, room);
        for (const row of rows) records.push(rowRecord(row));
        room = rows.length < room ? 0 : Math.min(limit - records.length, READ_RECORDS);
        if (room > 0) await nextTurn();
      }
      return records;
    },
    countOutbox: async (lane, afterSeq) => Number(countOutbox.get(lane, afterSeq)?.count ?? 0),
    readCursor: async (target, lane) => Number(selectCursor.get(cursorName(target, lane))?.seq ?? 0),
    advanceCursor: (target, lane, seq, refused) => ask({ op: 'advanceCursor', target, lane, seq, refused }),
    listDeadLetters: async (limit) => selectDeadLetters.all(limit).map(rowDeadLetter),
    removeDeadLetters: (ids) => ask({ op: 'removeDeadLetters', ids }),
    putSamples: (round) => ask({ op: 'putSamples', round }),
    async prune(request) {
      const sum = { events: 0, facts: 0, records: 0 };
      for (let more = true; more; ) {
        const step = await inTurns(() => ask<PruneStep>({ op: 'prune', request }));
        sum.events += step.events;
        sum.facts += step.facts;
        sum.records += step.records;
        more = step.more;
      }
      return sum;
    },
    async rebuild(onProgress) {
      for (;;) {
        const { more, ...counts } = await inTurns(() => ask<RebuildStep>({ op: 'rebuild' }));
        onProgress(counts);
        if (!more) return counts;
      }
    },
    countPrunable: async (request) => countPrunable(reader, request, { timezone, nowMs: Date.now() }),
    health: () => ({ problem, quarantined }),
    settled: () => ask({ op: 'settled' }),
    onOutbox(listener) {
      outboxListeners.add(listener);
      return () => outboxListeners.delete(listener);
    },
    onEvents(hear, isWanted = () => true) {
      const listener: EventListener = { hear, isWanted };
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      if (closing) return;
      // The writer closes last: SQLite merges and removes the write-ahead log with the last connection, if that may write.
      reader.close();
      const closed = ask({ op: 'close' });
      closing = true;
      await closed;
      await worker.terminate();
    },
  };
}

/** To copy less than that is quicker than to pass it on. */
const MIN_TRANSFER_BYTES = 16_384;

/** Memory of large bodies that nothing else is in: the writer gets it itself, and no copy is left for a collection. */
function transferable(requests: readonly AppendRows[]): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  for (const { raw } of requests) {
    for (const { body } of raw) {
      const { buffer } = body;
      const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === body.byteLength;
      if (isOwn && body.byteLength >= MIN_TRANSFER_BYTES) found.add(buffer);
    }
  }
  return [...found];
}

/** One step of long work, and as long a pause: whoever appends meanwhile has half of the writer's time. */
async function inTurns<T>(step: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const result = await step();
  await sleep(performance.now() - startMs);
  return result;
}

function rowDeadLetter(row: Record<string, unknown>): DeadLetter {
  const lane = row.lane as Lane;
  const bytes = Buffer.from(row.record as Uint8Array);
  return {
    id: Number(row.id),
    target: String(row.target),
    lane,
    reason: String(row.reason),
    failedMs: Number(row.failed_ms),
    record: bytes.toString(lane.startsWith('raw/') ? 'base64' : 'utf8'),
  };
}
