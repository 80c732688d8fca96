import type { Usage, UsageTotals } from '../bridge-api/usage.ts';
import { formatCount } from './format-count.ts';
import { formatUsd } from './format-usd.ts';
import { renderTable, type TableColumn } from './render-table.ts';

type TotalsColumn = TableColumn & {
  cell(totals: UsageTotals): string;
  /** False where the column would say nothing of anything. Always shown where left out. */
  isShown?(total: UsageTotals): boolean;
};

const TOTALS: readonly TotalsColumn[] = [
  { title: 'SESSIONS', align: 'right', cell: (totals) => formatCount(totals.sessions) },
  { title: 'RUNS', align: 'right', cell: (totals) => formatCount(totals.runs) },
  { title: 'TOOLS', align: 'right', cell: (totals) => formatCount(totals.tool_calls) },
  { title: 'ERRORS', align: 'right', cell: (totals) => formatCount(totals.errors) },
  { title: 'INPUT', align: 'right', cell: (totals) => formatCount(totals.input_tokens) },
  { title: 'OUTPUT', align: 'right', cell: (totals) => formatCount(totals.output_tokens) },
  { title: 'CACHE READ', align: 'right', cell: (totals) => formatCount(totals.cache_read_tokens) },
  { title: 'CACHE WRITE', align: 'right', cell: (totals) => formatCount(totals.cache_creation_tokens) },
  { title: 'COST', align: 'right', cell: (totals) => formatUsd(totals.cost_micro_usd) },
  {
    title: 'PER TASK',
    align: 'right',
    isShown: ({ tasks }) => tasks > 0,
    cell: ({ cost_per_task_micro_usd: cost }) => (cost === null ? '-' : formatUsd(cost)),
  },
  {
    title: 'LINES',
    align: 'right',
    isShown: ({ lines_added, lines_removed }) => lines_added + lines_removed > 0,
    cell: (totals) => `+${formatCount(totals.lines_added)} -${formatCount(totals.lines_removed)}`,
  },
  {
    title: 'COMMITS',
    align: 'right',
    isShown: ({ commits }) => commits > 0,
    cell: (totals) => formatCount(totals.commits),
  },
];

/** Usage as a table: a row per key, newest or largest first as the bridge ordered them, and the sum below. */
export function renderUsage(usage: Pick<Usage, 'rows' | 'total'>, dimensions: readonly string[]): string {
  const shown = TOTALS.filter(({ isShown }) => isShown?.(usage.total) ?? true);
  const columns = [...dimensions.map((name) => ({ title: name.toUpperCase() })), ...shown];
  const rows = usage.rows.map((row) => [
    // Requests belong to no tool, some sessions to no model.
    ...dimensions.map((name) => row.key[name] || '-'),
    ...shown.map(({ cell }) => cell(row)),
  ]);
  const sum = ['total', ...dimensions.slice(1).map(() => ''), ...shown.map(({ cell }) => cell(usage.total))];
  return renderTable(columns, [...rows, sum]);
}
