import type { TableColumn } from './render-table.ts';

/** The same as `renderTable` as a table of Markdown. */
export function renderMarkdownTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((_, index) => escapeCell(row[index] ?? '')))),
  ].join('\n');
}

/** A bar would end the cell, a line break the row. */
function escapeCell(cell: string): string {
  return cell.replaceAll('|', String.raw`\|`).replace(/\s*\n\s*/g, ' ');
}
