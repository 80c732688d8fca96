import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DataDimension } from './fact-dimensions.ts';
import {
  ROLLED_ACTIVITY_SUMS,
  ROLLED_IN_RANGE,
  ROLLED_IS_REQUEST,
  ROLLED_TASK_SUMS,
  ROLLED_USAGE_SUMS,
} from './rollup-sums.ts';

/** What daily sums can be grouped by, beside the session. */
export type RollupColumn = 'kind' | 'name' | 'run_id' | 'task_id' | DataDimension;

type Rows = (
  range: { fromMs: number; toMs: number },
  columns: readonly RollupColumn[],
) => Iterable<Record<string, unknown>>;

/** Sums of pruned facts, by session and further columns, with the names that sums over facts have. */
export interface RollupReader {
  /** For `FactSums.addUsage`. */
  readonly usage: Rows;
  /** For `FactSums.addActivity`. */
  readonly activity: Rows;
  /** For `FactSums.addTasks`. */
  readonly tasks: Rows;
  /** Which task the runs of a task belong to: rows of session_id, run_id and task_id. */
  runsOfTasks(): Record<string, unknown>[];
}

/** Opens the sums on a reading connection. */
export function createRollupReader(database: DatabaseSync): RollupReader {
  const reader = (sums: string, condition: string): Rows => {
    const statements = new Map<string, StatementSync>();
    return (range, columns) => {
      const key = columns.join();
      let statement = statements.get(key);
      if (statement === undefined) {
        const selected = [textColumn('session_id'), ...columns.map(columnOf)];
        statement = database.prepare(
          `SELECT ${selected.join(', ')}, ${sums} FROM rollups WHERE ${condition} AND ${ROLLED_IN_RANGE}
           GROUP BY ${selected.map((_, place) => place + 1).join(', ')}`,
        );
        statements.set(key, statement);
      }
      return statement.iterate(range);
    };
  };
  const runsOfTasks = database.prepare(
    `SELECT ${['session_id', 'run_id', 'task_id'].map(textColumn).join(', ')}
     FROM rollups WHERE kind = 'run' AND task_id <> ''`,
  );
  return {
    usage: reader(ROLLED_USAGE_SUMS, ROLLED_IS_REQUEST),
    activity: reader(ROLLED_ACTIVITY_SUMS, `NOT ${ROLLED_IS_REQUEST}`),
    tasks: reader(ROLLED_TASK_SUMS, 'tasks + commits + pull_requests > 0'),
    runsOfTasks: () => runsOfTasks.all(),
  };
}

function columnOf(column: RollupColumn): string {
  if (column === 'kind') return column;
  const isText = column === 'name' || column === 'run_id' || column === 'task_id';
  return isText ? textColumn(column) : `dimensions ->> '${column}' AS ${column}`;
}

/** '' stands for "none" in the key of the table. */
function textColumn(column: string): string {
  return `nullif(${column}, '') AS ${column}`;
}
