import type { MessagePort } from 'node:worker_threads';
import { errorCode } from '../../domain/error.ts';
import { createJournalCore, type JournalCore, type JournalCoreOptions } from './journal-core.ts';
import type { JournalReply, JournalRequest } from './journal-messages.ts';

/** After an error of the disk the projections wait this long before they try again. */
const RETRY_MS = 1000;
/** Idle runs and the like are looked for at least this often. */
const IDLE_POLL_MS = 1000;

/** What the journal's thread is started with. */
export interface JournalWorkerOptions extends Omit<JournalCoreOptions, 'now'> {
  readonly port: MessagePort;
  readonly metricIntervalMs: number;
}

/**
 * Serves the journal in its own thread: the only writer of the file. Whatever appends have come in while it was busy
 * become one transaction with one sync (group commit); between them it carries events through the projections.
 */
export function runJournalWorker({ port, metricIntervalMs, ...options }: JournalWorkerOptions): void {
  const send = (reply: JournalReply): void => port.postMessage(reply);
  let core: JournalCore;
  try {
    core = createJournalCore({ ...options, now: Date.now });
  } catch (error) {
    send({ kind: 'failed', message: messageOf(error), code: errorCode(error) });
    port.close();
    return;
  }
  let appends: Extract<JournalRequest, { op: 'append' }>[] = [];
  let settledWaiters: number[] = [];
  let scheduled = false;
  let timer: NodeJS.Timeout | undefined;
  let lastProblem = '';

  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    clearTimeout(timer);
    setImmediate(run);
  };

  const flush = (): void => {
    if (appends.length === 0) return;
    const batch = appends;
    appends = [];
    try {
      const answers = core.append(batch.map(({ rows }) => rows));
      batch.forEach(({ id }, index) => {
        send({ kind: 'done', id, value: answers[index] ?? [] });
      });
    } catch (error) {
      for (const { id } of batch) send({ kind: 'refused', id, message: messageOf(error) });
    }
  };

  /** Work that nobody waits for an answer to: an error is said once, and tried again later. */
  const attempt = (work: () => boolean): boolean => {
    try {
      const more = work();
      lastProblem = '';
      return more;
    } catch (error) {
      const message = messageOf(error);
      if (message !== lastProblem) send({ kind: 'problem', message });
      lastProblem = message;
      return false;
    }
  };

  const run = (): void => {
    scheduled = false;
    flush();
    const more = attempt(() => core.step());
    const lanes = core.takeChangedLanes();
    if (lanes.length > 0) send({ kind: 'outbox', lanes });
    if (more || appends.length > 0) {
      schedule();
      return;
    }
    const now = Date.now();
    const due = lastProblem === '' ? core.nextDueMs() : now + RETRY_MS;
    if (due === null || due > now) {
      for (const id of settledWaiters) send({ kind: 'done', id, value: null });
      settledWaiters = [];
    }
    timer = setTimeout(
      schedule,
      Math.max(10, Math.min(IDLE_POLL_MS, (due ?? Number.POSITIVE_INFINITY) - now)),
    );
  };

  const answer = (id: number, work: () => number | null): void => {
    try {
      send({ kind: 'done', id, value: work() });
    } catch (error) {
      send({ kind: 'refused', id, message: messageOf(error) });
    }
  };

  const ticker = setInterval(() => {
    attempt(() => {
      core.exportMetrics();
      return false;
    });
    schedule();
  }, metricIntervalMs);

  port.on('message', (request: JournalRequest) => {
    switch (request.op) {
      case 'append':
        appends.push(request);
        return schedule();
      case 'advanceCursor':
        return answer(request.id, () => {
          core.advanceCursor(request.target, request.lane, request.seq, request.refused);
          return null;
        });
      case 'removeDeadLetters':
        return answer(request.id, () => core.removeDeadLetters(request.ids));
      case 'settled':
        settledWaiters.push(request.id);
        return schedule();
      case 'close':
        clearInterval(ticker);
        clearTimeout(timer);
        flush();
        attempt(() => {
          core.exportMetrics();
          return false;
        });
        core[Symbol.dispose]();
        send({ kind: 'done', id: request.id, value: null });
        port.close();
    }
  });
  attempt(() => {
    core.exportMetrics();
    return false;
  });
  send({ kind: 'ready' });
  schedule();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
