import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { cutIntoDays, monthOfDate, weekOfDate } from '../../domain/calendar.ts';
import type { Usage, UsageDimension, UsageQuery, UsageRow } from '../../domain/read-model.ts';
import { isDataDimension } from './fact-dimensions.ts';
import {
  ACTIVITY_SUMS,
  FactSums,
  IN_RANGE,
  IS_ACTIVITY,
  IS_USAGE,
  IS_WORK,
  PERIOD,
  PERIOD_MS,
  rangeParameters,
  TASK_SUMS,
  USAGE_SUMS,
} from './fact-sums.ts';
import { snapshot } from './open-read-database.ts';
import { createOwnerLookup, type SessionOwner } from './read-owners.ts';
import { createRollupReader } from './read-rollups.ts';
import { createTallyReader } from './read-tallies.ts';
import { createToldRanges, type Range } from './told-ranges.ts';

/** A stretch of time whose sums all belong to one day, week and month. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly labels: Partial<Record<UsageDimension, string>>;
}

/**
 * Usage by any combination of dimensions. SQL sums per session and, where asked for, model or tool, over one local
 * day at a time: no time zone reaches SQL. The rest is added up here.
 */
export function createUsageReader(database: DatabaseSync): (query: UsageQuery) => Usage {
  // Grouped in the order of the indexes: SQLite then sums without sorting.
  const prepare = (columns: string, condition: string, ...names: string[]) =>
    database.prepare(
      `SELECT ${['session_id', ...names].join(', ')}, ${columns} FROM facts
       WHERE ${condition} AND ${IN_RANGE} GROUP BY ${[PERIOD, 'session_id', ...names.map(expressionOf)].join(', ')}`,
    );
  const statements = new Map<string, StatementSync>();
  /** Prepared once per combination of columns. Those outside of the indexes are read from the facts themselves. */
  const statement = (columns: string, condition: string, ...names: string[]): StatementSync => {
    const key = [condition, ...names].join();
    const known = statements.get(key) ?? prepare(columns, condition, ...names);
    statements.set(key, known);
    return known;
  };
  const tasks = prepare(TASK_SUMS, IS_WORK);
  const tasksByRun = prepare(TASK_SUMS, IS_WORK, 'run_id', `data ->> 'task_id' AS task_id`);
  const runsOfTasks = database.prepare(
    `SELECT session_id, run_id, data ->> 'task_id' AS task_id FROM facts
     WHERE kind = 'run' AND data ->> 'task_id' IS NOT NULL`,
  );
  const tallies = createTallyReader(database);
  const rolled = createRollupReader(database);
  const toldRanges = createToldRanges(database, tallies);
  const bounds = database.prepare(
    `SELECT min(first) AS first, max(last) AS last FROM (
       SELECT (SELECT min(${PERIOD}) FROM facts WHERE ${IS_USAGE}) AS first,
         (SELECT max(${PERIOD}) FROM facts WHERE ${IS_USAGE}) AS last
       UNION ALL
       SELECT (SELECT min(${PERIOD}) FROM facts WHERE ${IS_ACTIVITY}), (SELECT max(${PERIOD}) FROM facts WHERE ${IS_ACTIVITY})
       UNION ALL SELECT (SELECT min(${PERIOD}) FROM rollups), (SELECT max(${PERIOD}) FROM rollups))`,
  );
  const ownerLookup = createOwnerLookup(database);

  return (query) =>
    snapshot(database, () => {
      const known = bounds.get();
      const fromMs = Math.max(query.fromMs, Number(known?.first ?? 0) * PERIOD_MS);
      const toMs = Math.min(query.toMs, (Number(known?.last ?? -1) + 1) * PERIOD_MS);
      const groups = new Map<string, { key: UsageRow['key']; sums: FactSums }>();
      const total = new FactSums();
      const ownerOf = ownerLookup();
      const sumsOf = (row: Record<string, unknown>, stretch: Stretch): FactSums[] => {
        const owner = ownerOf(row.session_id);
        if (query.project !== undefined && owner.project !== query.project) return [];
        if (query.agent !== undefined && owner.agent !== query.agent) return [];
        const key = keyOf(query.by, row, owner, stretch, taskOf);
        const name = JSON.stringify(Object.values(key));
        let group = groups.get(name);
        if (group === undefined) {
          group = { key, sums: new FactSums() };
          groups.set(name, group);
        }
        return [group.sums, total];
      };
      const byTask = query.by.includes('task');
      const taskNames = new Map(
        byTask
          ? [...rolled.runsOfTasks(), ...runsOfTasks.all()].map((row) => [runKey(row), String(row.task_id)])
          : [],
      );
      const taskOf = (row: Record<string, unknown>): string | null =>
        textOrNull(row.task_id) ?? taskNames.get(runKey(row)) ?? textOrNull(row.run_id);
      const fromData = query.by.filter(isDataDimension);
      const run = byTask ? (['run_id'] as const) : [];
      const more = [...run, ...fromData.map((name) => `data ->> '${name}' AS ${name}`)];
      const stretches = query.by.some(isTime)
        ? toldRanges({ fromMs, toMs }).flatMap((range) => daysOf(range, query.timezone))
        : [{ fromMs, toMs, labels: {} }];
      for (const stretch of stretches) {
        const range = rangeParameters(stretch.fromMs, stretch.toMs);
        const byModel = query.by.includes('model') ? ['name', ...more] : more;
        for (const row of statement(USAGE_SUMS, IS_USAGE, ...byModel).iterate(range)) {
          for (const sums of sumsOf(row, stretch)) sums.addUsage(row);
        }
        const byTool = query.by.includes('tool') ? ['kind', 'name', ...more] : more;
        for (const row of statement(ACTIVITY_SUMS, IS_ACTIVITY, ...byTool).iterate(range)) {
          for (const sums of sumsOf(row, stretch)) sums.addActivity(row);
        }
        const { fromMs: afterMs, toMs: untilMs } = stretch;
        for (const row of (byTask ? tasksByRun : tasks).iterate(range)) {
          for (const sums of sumsOf({ ...row, kind: 'task' }, stretch)) sums.addTasks(row);
        }
        for (const { sessionId, measure, amount } of tallies.between(afterMs, untilMs)) {
          const row = { session_id: sessionId, kind: 'tally' };
          for (const sums of sumsOf(row, stretch)) sums.addWork(measure, amount);
        }
        const days = { fromMs: afterMs, toMs: untilMs };
        const name = query.by.includes('model') ? (['name'] as const) : [];
        for (const row of rolled.usage(days, [...name, ...run, ...fromData])) {
          for (const sums of sumsOf(row, stretch)) sums.addUsage(row);
        }
        const tool = query.by.includes('tool') ? (['kind', 'name'] as const) : [];
        for (const row of rolled.activity(days, [...tool, ...run, ...fromData])) {
          for (const sums of sumsOf(row, stretch)) sums.addActivity(row);
        }
        for (const row of rolled.tasks(days, byTask ? ['run_id', 'task_id'] : [])) {
          for (const sums of sumsOf({ ...row, kind: 'task' }, stretch)) sums.addTasks(row);
        }
      }
      const rows = [...groups.values()]
        .filter(({ sums }) => !sums.isEmpty)
        .map(({ key, sums }) => ({ key, totals: sums.totals() }));
      return { rows: rows.sort(byTimeThenCost(query.by)), total: total.totals() };
    });
}

function daysOf({ fromMs, toMs }: Range, timezone: string): readonly Stretch[] {
  return cutIntoDays(fromMs, toMs, timezone).map((range) => ({
    fromMs: range.fromMs,
    toMs: range.toMs,
    labels: { day: range.date, week: weekOfDate(range.date), month: monthOfDate(range.date) },
  }));
}

function keyOf(
  by: readonly UsageDimension[],
  row: Record<string, unknown>,
  owner: SessionOwner,
  stretch: Stretch,
  taskOf: (row: Record<string, unknown>) => string | null,
): Record<string, string | null> {
  const key: Record<string, string | null> = {};
  for (const dimension of by) {
    switch (dimension) {
      case 'day':
      case 'week':
      case 'month':
        key[dimension] = stretch.labels[dimension] ?? null;
        break;
      case 'project':
      case 'agent':
      case 'framework':
      case 'repository':
      case 'branch':
      case 'host':
        key[dimension] = owner[dimension];
        break;
      case 'model':
        // Rows of tool calls and the like have their kind beside their name.
        key.model = row.kind === undefined ? textOrNull(row.name) : null;
        break;
      case 'tool':
        key.tool = row.kind === 'tool' ? textOrNull(row.name) : null;
        break;
      case 'session':
        key.session = textOrNull(row.session_id);
        break;
      case 'task':
        key.task = taskOf(row);
        break;
      default:
        // Of no other fact than calls of models and tools is that known.
        key[dimension] = textOrNull(row[dimension]);
    }
  }
  return key;
}

function byTimeThenCost(by: readonly UsageDimension[]): (a: UsageRow, b: UsageRow) => number {
  const times = by.filter(isTime);
  return (a, b) => {
    for (const time of times) {
      const order = compare(a.key[time] ?? '', b.key[time] ?? '');
      if (order !== 0) return order;
    }
    const cost = (b.totals.costNanoUsd ?? 0) - (a.totals.costNanoUsd ?? 0);
    if (cost !== 0) return cost;
    const calls = b.totals.toolCalls - a.totals.toolCalls;
    return calls !== 0 ? calls : compare(JSON.stringify(a.key), JSON.stringify(b.key));
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isTime(dimension: UsageDimension): boolean {
  return dimension === 'day' || dimension === 'week' || dimension === 'month';
}

/** A selected column without the name that it is given. */
function expressionOf(column: string): string {
  return column.replace(/ AS \w+$/, '');
}

function runKey(row: Record<string, unknown>): string {
  return JSON.stringify([row.session_id, row.run_id]);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
