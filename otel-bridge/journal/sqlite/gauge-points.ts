import type { DatabaseSync } from 'node:sqlite';
import type { MetricPoint } from '../../domain/outbox.ts';
import { type MetricName, metricDefinition } from '../../projections/metric-catalogue.ts';
import { SERVICE_NAME, toResource } from '../../projections/resource.ts';
import { createContextReader } from './read-context.ts';

const DAY_MS = 86_400_000;
/** One series per session: bounded, or a busy week would fill the store (design: agent.session.info). */
const MAX_SESSION_INFO = 500;

/**
 * What is true of agents right now, from the read model: active sessions, newest event, sessions of the last day.
 * Series ids are negative, apart from those of counters.
 */
export function gaugePoints(
  database: DatabaseSync,
  nowMs: number,
  idleEndMs: number,
  instanceId: string,
): MetricPoint[] {
  const points: MetricPoint[] = [];
  const add = (
    metric: MetricName,
    row: Record<string, unknown>,
    value: number,
    extra: Record<string, string> = {},
  ): void => {
    points.push({
      seriesId: -1 - points.length,
      metric,
      unit: metricDefinition(metric).unit,
      kind: 'gauge',
      resource: toResource(
        {
          project: String(row.project),
          agent: String(row.agent),
          framework: String(row.framework),
          host: row.host === null ? null : String(row.host),
        },
        SERVICE_NAME,
        instanceId,
      ),
      attributes: extra,
      startMs: nowMs,
      tsMs: nowMs,
      value,
    });
  };
  const owners = database
    .prepare(
      `SELECT project, agent, framework, host, max(last_ms) AS last_ms,
         sum(last_ms > ? AND (ended_ms IS NULL OR ended_ms < last_ms)) AS active
       FROM sessions WHERE last_ms > ? GROUP BY project, agent, framework, host`,
    )
    .all(nowMs - idleEndMs, nowMs - 30 * DAY_MS);
  for (const row of owners) {
    add('agent.session.active', row, Number(row.active));
    add('agent.last_event.time', row, Number(row.last_ms) / 1000);
  }
  for (const row of fullestContexts(database, nowMs - idleEndMs)) {
    add('agent.context.utilization.current', row, Number(row.share));
  }
  const recent = database
    .prepare(`SELECT * FROM sessions WHERE last_ms > ? ORDER BY last_ms DESC LIMIT ${MAX_SESSION_INFO}`)
    .all(nowMs - DAY_MS);
  const waits = createWaitReader(database);
  for (const row of recent) {
    const id = String(row.id);
    const isOver = row.ended_ms !== null || Number(row.last_ms) <= nowMs - idleEndMs;
    const state = isOver ? 'ended' : waits(id) ? 'waiting' : 'running';
    add('agent.session.info', row, 1, { 'session.id': id, state });
  }
  return points;
}

/** Whether all that a session was asked for is worked off: it waits for its user. Who tells no runs never waits. */
function createWaitReader(database: DatabaseSync): (sessionId: string) => boolean {
  const open = database
    .prepare("SELECT DISTINCT session_id FROM facts WHERE kind = 'run' AND end_ms IS NULL AND superseded = 0")
    .all();
  const isOpen = new Set(open.map((row) => row.session_id));
  const anyRun = database.prepare("SELECT 1 FROM facts WHERE session_id = ? AND kind = 'run' LIMIT 1");
  return (sessionId) => !isOpen.has(sessionId) && anyRun.get(sessionId) !== undefined;
}

/** Of each owner the share of its context that the fullest active session fills; none where no window is known. */
function fullestContexts(database: DatabaseSync, activeSinceMs: number): Record<string, unknown>[] {
  const sessions = database
    .prepare(
      'SELECT id, project, agent, framework, host FROM sessions WHERE last_ms > ? AND ended_ms IS NULL ORDER BY last_ms DESC LIMIT 500',
    )
    .all(activeSinceMs);
  const contextOf = createContextReader(database);
  const fullest = new Map<string, Record<string, unknown>>();
  for (const { id, ...owner } of sessions) {
    const share = contextOf(String(id))?.share ?? null;
    const key = JSON.stringify(owner);
    const known = fullest.get(key);
    if (share !== null && share > Number(known?.share ?? -1)) fullest.set(key, { ...owner, share });
  }
  return [...fullest.values()];
}
