/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Numbers stand to the right. @default 'left' */
  readonly align?: 'left' | 'right';
}

/** Gap between columns. */
const GAP = '  ';

/** SGR codes take no room on the screen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what such a code starts with
const SGR = /\u001b\[\d+m/g;

/**
 * Aligns rows below their titles, without lines and without trailing blanks.
 * Cells may hold colours; a row may be shorter than the table.
 */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map(({ align }, index) => pad(line[index] ?? '', widths[index] ?? 0, align ?? 'left'))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(cell)));
  return align === 'left' ? cell + blanks : blanks + cell;
}

function widthOf(cell: string): number {
  return cell.replace(SGR, '').length;
}
