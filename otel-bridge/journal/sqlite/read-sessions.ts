import type { DatabaseSync } from 'node:sqlite';
import { MonitorError } from '../../domain/error.ts';
import type { SessionFilter, SessionPage, SessionState, SessionSummary } from '../../domain/read-model.ts';
import {
  ACTIVITY_SUMS,
  FactSums,
  IS_ACTIVITY,
  IS_USAGE,
  IS_WORK,
  TASK_SUMS,
  USAGE_SUMS,
} from './fact-sums.ts';
import { snapshot } from './open-read-database.ts';
import { createTallyReader } from './read-tallies.ts';
import { ROLLED_SESSION_ACTIVITY, ROLLED_SESSION_USAGE } from './rollup-sums.ts';
import { rowSession } from './session-row.ts';

/** What session lists need to know beside the journal. */
export interface SessionReaderOptions {
  /** Unix ms. */
  readonly clock: () => number;
  /** Silent for longer than this, a session no longer runs, ms. */
  readonly idleEndMs: number;
  /** Silent for longer than this with a run open, a session was abandoned, ms. */
  readonly abandonedAfterMs: number;
}

/** Reads of the table `sessions`. */
export interface SessionReader {
  list(filter: SessionFilter): SessionPage;
  get(id: string): SessionSummary | null;
  countRunning(): number;
  /** Ids of them, most recently seen first, at most 1000. */
  runningIds(sinceMs?: number): string[];
}

export function createSessionReader(
  database: DatabaseSync,
  { clock, idleEndMs, abandonedAfterMs }: SessionReaderOptions,
): SessionReader {
  const select = database.prepare('SELECT * FROM sessions WHERE id = ?');
  const page = database.prepare(
    `SELECT * FROM sessions
     WHERE (last_ms, id) < (:cursorMs, :cursorId) AND last_ms >= :fromMs AND started_ms < :toMs
       AND (:framework IS NULL OR framework = :framework) AND (:host IS NULL OR host = :host)
       AND (:project IS NULL OR project = :project) AND (:agent IS NULL OR agent = :agent)
     ORDER BY last_ms DESC, id DESC LIMIT :limit`,
  );
  const usage = database.prepare(
    `SELECT session_id, ${USAGE_SUMS} FROM facts WHERE session_id = ? AND ${IS_USAGE} GROUP BY session_id`,
  );
  const activity = database.prepare(
    `SELECT session_id, ${ACTIVITY_SUMS}, sum(kind = 'run' AND end_ms IS NULL) AS open_runs
     FROM facts WHERE session_id = ? AND ${IS_ACTIVITY} GROUP BY session_id`,
  );
  const rolledUsage = database.prepare(ROLLED_SESSION_USAGE);
  const rolledActivity = database.prepare(ROLLED_SESSION_ACTIVITY);
  const tasks = database.prepare(
    `SELECT session_id, ${TASK_SUMS} FROM facts WHERE session_id = ? AND ${IS_WORK} GROUP BY session_id`,
  );
  const tallies = createTallyReader(database);
  const running = database.prepare(
    'SELECT count(*) AS count FROM sessions WHERE last_ms >= ? AND ended_ms IS NULL',
  );

  const runningIds = database.prepare(
    'SELECT id FROM sessions WHERE last_ms >= ? AND ended_ms IS NULL ORDER BY last_ms DESC LIMIT 1000',
  );

  const summary = (row: Record<string, unknown>): SessionSummary => {
    const {
      projectRank: _,
      agentRank: __,
      ownSpans: ___,
      firstReceivedMs: ____,
      toldMs: _____,
      ...session
    } = rowSession(row);
    const sums = new FactSums();
    const activityRow = activity.get(session.id);
    for (const row of [usage.get(session.id), rolledUsage.get(session.id)]) {
      if (row !== undefined) sums.addUsage(row);
    }
    for (const row of [activityRow, rolledActivity.get(session.id)]) {
      if (row !== undefined) sums.addActivity(row);
    }
    const taskRow = tasks.get(session.id);
    if (taskRow !== undefined) sums.addTasks(taskRow);
    for (const { measure, amount } of tallies.ofSession(session.id)) sums.addWork(measure, amount);
    const hasOpenRun = Number(activityRow?.open_runs ?? 0) > 0;
    const silentMs = clock() - session.lastMs;
    const state = stateOf(session.endedMs !== null, hasOpenRun, silentMs);
    return { ...session, state, totals: sums.totals() };
  };

  const stateOf = (saidEnd: boolean, hasOpenRun: boolean, silentMs: number): SessionState => {
    if (saidEnd) return 'ended';
    if (silentMs <= idleEndMs) return 'running';
    if (!hasOpenRun) return 'ended';
    return silentMs > abandonedAfterMs ? 'abandoned' : 'idle';
  };

  return {
    list: (filter) =>
      snapshot(database, () => {
        const cursor = filter.cursor === undefined ? null : decodeCursor(filter.cursor);
        const rows = page.all({
          cursorMs: cursor?.lastMs ?? Number.MAX_SAFE_INTEGER,
          cursorId: cursor?.id ?? '',
          fromMs: filter.fromMs ?? 0,
          toMs: filter.toMs ?? Number.MAX_SAFE_INTEGER,
          framework: filter.framework ?? null,
          host: filter.host ?? null,
          project: filter.project ?? null,
          agent: filter.agent ?? null,
          limit: filter.limit + 1,
        });
        const sessions = rows.slice(0, filter.limit).map(summary);
        const last = sessions.at(-1);
        const nextCursor = rows.length > filter.limit && last !== undefined ? encodeCursor(last) : null;
        return { sessions, nextCursor };
      }),
    get: (id) =>
      snapshot(database, () => {
        const row = select.get(id);
        return row === undefined ? null : summary(row);
      }),
    countRunning: () => Number(running.get(clock() - idleEndMs)?.count ?? 0),
    runningIds: (sinceMs = 0) =>
      runningIds.all(Math.max(clock() - idleEndMs, sinceMs)).map(({ id }) => String(id)),
  };
}

/** A cursor is the place of the last session told, so that sessions seen meanwhile shift nothing. */
function encodeCursor({ lastMs, id }: Pick<SessionSummary, 'lastMs' | 'id'>): string {
  return Buffer.from(`${lastMs}:${id}`).toString('base64url');
}

function decodeCursor(cursor: string): { lastMs: number; id: string } {
  const [, lastMs, id] = /^(\d{1,15}):(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (lastMs === undefined || id === undefined) {
    throw new MonitorError(
      'invalid',
      `Cannot read parameter "cursor": found "${cursor}", wanted next_cursor of an earlier answer. Leave it out to begin with the newest session`,
    );
  }
  return { lastMs: Number(lastMs), id };
}
