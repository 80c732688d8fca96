import type { Usage, UsageTotals } from '../bridge-api/usage.ts';
import { formatCount } from './format-count.ts';
import { formatUsd } from './format-usd.ts';
import { renderTable, type TableColumn } from './render-table.ts';

const TOTALS: readonly (TableColumn & { cell(totals: UsageTotals): string })[] = [
  { title: 'SESSIONS', align: 'right', cell: (totals) => formatCount(totals.sessions) },
  { title: 'RUNS', align: 'right', cell: (totals) => formatCount(totals.runs) },
  { title: 'TOOLS', align: 'right', cell: (totals) => formatCount(totals.tool_calls) },
  { title: 'ERRORS', align: 'right', cell: (totals) => formatCount(totals.errors) },
  { title: 'INPUT', align: 'right', cell: (totals) => formatCount(totals.input_tokens) },
  { title: 'OUTPUT', align: 'right', cell: (totals) => formatCount(totals.output_tokens) },
  { title: 'CACHE READ', align: 'right', cell: (totals) => formatCount(totals.cache_read_tokens) },
  { title: 'CACHE WRITE', align: 'right', cell: (totals) => formatCount(totals.cache_creation_tokens) },
  { title: 'COST', align: 'right', cell: (totals) => formatUsd(totals.cost_micro_usd) },
];

/** Usage as a table: a row per key, newest or largest first as the bridge ordered them, and the sum below. */
export function renderUsage(usage: Usage, dimensions: readonly string[]): string {
  const columns = [...dimensions.map((name) => ({ title: name.toUpperCase() })), ...TOTALS];
  const rows = usage.rows.map((row) => [
    // Requests belong to no tool, some sessions to no model.
    ...dimensions.map((name) => row.key[name] || '-'),
    ...TOTALS.map(({ cell }) => cell(row)),
  ]);
  const sum = ['total', ...dimensions.slice(1).map(() => ''), ...TOTALS.map(({ cell }) => cell(usage.total))];
  return renderTable(columns, [...rows, sum]);
}
