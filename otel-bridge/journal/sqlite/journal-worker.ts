import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { errorCode } from '../../domain/error.ts';
import type { AppendStatus } from '../../domain/journal.ts';
import { createJournalCore, type JournalCore, type JournalCoreOptions } from './journal-core.ts';
import type { AppendAnswer, JournalReply, JournalRequest } from './journal-messages.ts';
import { createProjectionPace } from './projection-pace.ts';
import type { PruneStep } from './prune.ts';
import type { RebuildStep } from './rebuild/rebuilder.ts';
import { replaceDamaged } from './recovery/replace-damaged.ts';
import { FileGoneError, holdToFile, holdToLog } from './recovery/same-file.ts';
import { isDamage, isDiskError, isFailedSync } from './sqlite-error.ts';

/** After an error of the disk the journal waits this long before it tries again. */
const RETRY_MS = 1000;
/** Idle runs and the like are looked for at least this often. */
const IDLE_POLL_MS = 1000;

/** What can have a problem of its own. */
type Work = 'append' | 'project';

/** What the journal's thread is started with. */
export interface JournalWorkerOptions extends Omit<JournalCoreOptions, 'now'> {
  readonly port: MessagePort;
  readonly metricIntervalMs: number;
}

/**
 * Serves the journal in its own thread: the only writer of the file. Whatever appends have come in while it was busy
 * become one transaction with one sync (group commit); between them it carries events through the projections.
 */
export function runJournalWorker(options: JournalWorkerOptions): void {
  const { port } = options;
  const send = (reply: JournalReply): void => port.postMessage(reply);
  try {
    const core = createJournalCore({ ...options, now: Date.now });
    serve(core, options, send);
    send({ kind: 'ready', quarantined: core.quarantined });
  } catch (error) {
    if (isDiskError(error)) {
      send({ kind: 'problem', message: messageOf(error) });
      setTimeout(() => runJournalWorker(options), RETRY_MS);
      return;
    }
    send({ kind: 'failed', message: messageOf(error), code: errorCode(error) });
    port.close();
  }
}

function serve(
  core: JournalCore,
  { port, path, metricIntervalMs }: JournalWorkerOptions,
  send: (reply: JournalReply) => void,
): void {
  let appends: Extract<JournalRequest, { op: 'append' }>[] = [];
  /** Other requests that came within a step. */
  let asked: JournalRequest[] = [];
  let settledWaiters: number[] = [];
  let scheduled: NodeJS.Immediate | null = null;
  /** Whether this turn of the event loop had its run: timers have their turn, too. */
  let hasRun = false;
  let closed = false;
  const pace = createProjectionPace();
  let timer: NodeJS.Timeout | undefined;
  const assertSameJournal = holdToFile(path);
  const assertSameLog = holdToLog(path, () => core.mergeWholeLog());
  const assertSameFile = (): void => {
    assertSameJournal();
    assertSameLog();
  };
  const problems: Record<Work, string | null> = { append: null, project: null };
  let saidProblem: string | null = null;

  const schedule = (): void => {
    scheduled ??= setImmediate(run);
  };

  const note = (work: Work, problem: string | null): void => {
    problems[work] = problem;
    const present = problems.append ?? problems.project;
    if (present !== saidProblem) send({ kind: 'problem', message: present });
    saidProblem = present;
  };

  /**
   * A file found damaged while at work is replaced, one that was deleted is made anew, and after a failed sync nothing
   * in memory can be trusted: the process ends and starts anew, since its readers have the file open as well.
   */
  const endIfBroken = (error: unknown): void => {
    if (isDamage(error)) replaceDamaged(path, messageOf(error), Date.now());
    if (isDamage(error) || isFailedSync(error) || error instanceof FileGoneError) throw error;
  };

  const flush = (): void => {
    if (appends.length === 0) return;
    const startMs = performance.now();
    const batch = appends;
    appends = [];
    try {
      const answers = core.append(batch.flatMap(({ requests }) => requests));
      assertSameFile();
      let first = 0;
      for (const { id, requests } of batch) {
        send({ kind: 'done', id, value: duplicatesOf(answers.slice(first, first + requests.length)) });
        first += requests.length;
      }
      pace.appended(startMs, performance.now());
      note('append', null);
    } catch (error) {
      for (const { id } of batch) send({ kind: 'refused', id, message: messageOf(error) });
      endIfBroken(error);
      note('append', messageOf(error));
    }
  };

  /** Work that nobody waits for an answer to: an error is said once, and tried again later. */
  const attempt = (kind: Work, work: () => boolean): boolean => {
    try {
      const more = work();
      note(kind, null);
      return more;
    } catch (error) {
      endIfBroken(error);
      note(kind, messageOf(error));
      return false;
    }
  };

  /** Takes what came by now within a step: appends make it give way, the rest is answered behind it. */
  const isAwaited = (): boolean => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const request = next.message as JournalRequest;
      if (request.op === 'append') appends.push(request);
      else asked.push(request);
    }
    return appends.length > 0;
  };

  /** Projects for as long as those who append may wait. @returns when there is more to do, null where there is none */
  const project = (): number | null => {
    const startMs = performance.now();
    const budgetMs = pace.budgetMs(startMs);
    if (budgetMs === 0) {
      attempt('project', () => {
        core.prepare();
        return false;
      });
      return pace.nextMs(startMs);
    }
    const more = attempt('project', () =>
      core.step(budgetMs, () => pace.givesWay(startMs, performance.now()) && isAwaited()),
    );
    const endMs = performance.now();
    pace.worked(startMs, endMs, more);
    const lanes = core.takeChangedLanes();
    if (lanes.length > 0) send({ kind: 'outbox', lanes });
    return more ? pace.nextMs(endMs) : null;
  };

  const run = (): void => {
    if (closed) return;
    if (scheduled !== null) clearImmediate(scheduled);
    scheduled = null;
    clearTimeout(timer);
    // Whatever is there by now shares the sync.
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      take(next.message as JournalRequest);
    }
    if (closed) return;
    flush();
    // Nobody may be sending: whether the disk is well again is tried out.
    if (problems.append !== null) attempt('append', () => core.probe());
    // Not behind the projections: those who append while they go on would wait for it.
    core.mergeLog();
    const nextMs = project();
    const waiting = asked;
    asked = [];
    for (const request of waiting) take(request);
    if (closed) return;
    const makesRoom = appends.length === 0 && core.makeLogRoom();
    if (nextMs === 0 || makesRoom || appends.length > 0) {
      schedule();
      return;
    }
    if (nextMs !== null) {
      timer = setTimeout(schedule, nextMs);
      return;
    }
    if (!pace.isBusy(performance.now())) {
      attempt('project', () => {
        core.rest();
        return false;
      });
    }
    const now = Date.now();
    const due = saidProblem === null ? core.nextDueMs() : now + RETRY_MS;
    if (due === null || due > now) {
      for (const id of settledWaiters) send({ kind: 'done', id, value: null });
      settledWaiters = [];
    }
    timer = setTimeout(
      schedule,
      Math.max(10, Math.min(IDLE_POLL_MS, (due ?? Number.POSITIVE_INFINITY) - now)),
    );
  };

  const answer = (id: number, work: () => PruneStep | RebuildStep | number | null): void => {
    try {
      send({ kind: 'done', id, value: work() });
    } catch (error) {
      send({ kind: 'refused', id, message: messageOf(error) });
      endIfBroken(error);
    }
  };

  const exportMetrics = (): boolean =>
    attempt('project', () => {
      assertSameFile();
      core.exportMetrics();
      return false;
    });

  const ticker = setInterval(() => {
    exportMetrics();
    schedule();
  }, metricIntervalMs);

  const take = (request: JournalRequest): void => {
    switch (request.op) {
      case 'append':
        appends.push(request);
        schedule();
        return;
      case 'advanceCursor':
        answer(request.id, () => {
          core.advanceCursor(request.target, request.lane, request.seq, request.refused);
          return null;
        });
        return;
      case 'removeDeadLetters':
        answer(request.id, () => core.removeDeadLetters(request.ids));
        return;
      case 'prune':
        answer(request.id, () => core.prune(request.request));
        return;
      case 'putSamples':
        answer(request.id, () => {
          core.putSamples(request.round);
          return null;
        });
        return;
      case 'rebuild':
        answer(request.id, () => core.rebuild());
        return;
      case 'settled':
        settledWaiters.push(request.id);
        schedule();
        return;
      case 'close':
        closed = true;
        clearInterval(ticker);
        clearTimeout(timer);
        flush();
        exportMetrics();
        core[Symbol.dispose]();
        send({ kind: 'done', id: request.id, value: null });
        port.close();
    }
  };
  port.on('message', (request: JournalRequest) => {
    take(request);
    if (request.op !== 'append' || hasRun) return;
    // At once, with what else is there by now: whoever waits alone need not wait for the rest of the turn.
    hasRun = true;
    setImmediate(() => {
      hasRun = false;
    });
    run();
  });
  exportMetrics();
  schedule();
}

/** Places of duplicates, counted over all requests: few, so that the answer is small. */
function duplicatesOf(answers: readonly (readonly AppendStatus[])[]): AppendAnswer {
  const places: number[] = [];
  let place = 0;
  for (const statuses of answers) {
    for (const status of statuses) {
      if (status === 'duplicate') places.push(place);
      place += 1;
    }
  }
  return places;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
