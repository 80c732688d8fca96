import type { Usage, UsageDimension, UsageRow } from '../../domain/read-model.ts';
import { DASH, formatCompact, formatCount, formatUsd } from './format.ts';
import { type Html, html } from './html.ts';
import { renderTable } from './table.ts';

const MAX_ROWS = 12;

/** Usage by one dimension, dearest first. What does not belong to any (a tool call has no model) is left out. */
export function renderUsageTable(title: string, dimension: UsageDimension, usage: Usage): Html {
  const rows = usage.rows.filter(({ key, totals }) => key[dimension] !== null || totals.costNanoUsd !== 0);
  const shown = rows.slice(0, MAX_ROWS);
  const table = renderTable(
    `Usage by ${dimension}`,
    [
      { title, cell: ({ key }: UsageRow) => key[dimension] ?? DASH },
      { title: 'Sessions', kind: 'number', cell: ({ totals }) => formatCount(totals.sessions) },
      { title: 'Input', kind: 'number', cell: ({ totals }) => formatCompact(totals.inputTokens) },
      { title: 'Output', kind: 'number', cell: ({ totals }) => formatCompact(totals.outputTokens) },
      {
        title: 'Cache',
        kind: 'number',
        cell: ({ totals }) => formatCompact(totals.cacheReadTokens + totals.cacheCreationTokens),
      },
      { title: 'Cost', kind: 'number', cell: ({ totals }) => formatUsd(totals.costNanoUsd) },
    ],
    shown,
    'Nothing in the last 30 days',
  );
  const more = rows.length - shown.length;
  return html`${table}${more > 0 && html`<p class="note">and ${formatCount(more)} more: <code>monitor usage --by ${dimension}</code></p>`}`;
}
