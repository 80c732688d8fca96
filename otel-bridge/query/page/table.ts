import { type Html, type HtmlValue, html } from './html.ts';

/** A longer name is cut; the whole of it shows on hover. */
const MAX_NAME_LENGTH = 40;

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  /** `number` is set to the right, `fixed` never wraps, `name` wraps between words, `text` anywhere. @default 'name' */
  readonly kind?: 'number' | 'fixed' | 'name' | 'text';
  readonly cell: (row: Row) => HtmlValue;
}

/** A table; where there are no rows, what `empty` says. */
export function renderTable<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  empty: HtmlValue,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  return html`<div class="scroll"><table aria-label="${caption}">
<thead><tr>${columns.map(({ title, kind }) => html`<th scope="col" class="${kind === 'number' ? 'number' : ''}">${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map(({ kind = 'name', cell }) => html`<td class="${kind}">${shorten(cell(row), kind)}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

function shorten(value: HtmlValue, kind: string): HtmlValue {
  if (kind !== 'name' || typeof value !== 'string' || value.length <= MAX_NAME_LENGTH) return value;
  return html`<span title="${value}">${value.slice(0, MAX_NAME_LENGTH - 1)}&hellip;</span>`;
}
