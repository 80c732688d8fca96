import type { SessionSummary } from '../../domain/read-model.ts';
import { DASH, formatCompact, formatCount, formatDuration, formatTimeShort, formatUsd } from './format.ts';
import { type Html, html } from './html.ts';
import type { ViewContext } from './layout.ts';
import { type Column, renderTable } from './table.ts';

/** A link to a session, by the first letters of its id. */
export function renderSessionLink(id: string): Html {
  return html`<a href="/sessions/${encodeURIComponent(id)}" title="${id}">${shortId(id)}</a>`;
}

/** Ids that are random tell enough with 8 letters; others are names. */
function shortId(id: string): string {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id)) return id.slice(0, 8);
  return id.length > 28 ? `${id.slice(0, 27)}…` : id;
}

/** A dot and a word for a session's state. */
export function renderState(state: SessionSummary['state']): Html {
  return html`<span class="state ${state}">${state}</span>`;
}

/** A table of sessions. */
export function renderSessions(
  caption: string,
  sessions: readonly SessionSummary[],
  { nowMs, timezone }: ViewContext,
  empty: string,
): Html {
  const columns: Column<SessionSummary>[] = [
    { title: 'Session', kind: 'fixed', cell: ({ id }) => renderSessionLink(id) },
    { title: 'State', cell: ({ state }) => renderState(state) },
    { title: 'Project', cell: ({ project }) => project },
    { title: 'Agent', cell: ({ agent }) => agent },
    { title: 'Model', cell: ({ model }) => model ?? DASH },
    { title: 'Started', kind: 'fixed', cell: ({ startedMs }) => formatTimeShort(startedMs, timezone, nowMs) },
    {
      title: 'Last seen',
      kind: 'fixed',
      cell: ({ lastMs }) => `${formatDuration(Math.max(0, nowMs - lastMs))} ago`,
    },
    { title: 'Runs', kind: 'number', cell: ({ totals }) => formatCount(totals.runs) },
    { title: 'Tools', kind: 'number', cell: ({ totals }) => formatCount(totals.toolCalls) },
    { title: 'Errors', kind: 'number', cell: ({ totals }) => renderErrors(totals.errors) },
    {
      title: 'Tokens',
      kind: 'number',
      cell: ({ totals }) =>
        formatCompact(
          totals.inputTokens + totals.outputTokens + totals.cacheReadTokens + totals.cacheCreationTokens,
        ),
    },
    { title: 'Cost', kind: 'number', cell: ({ totals }) => formatUsd(totals.costNanoUsd) },
  ];
  return renderTable(caption, columns, sessions, empty);
}

/** A number of errors; none is nothing to look at. */
export function renderErrors(errors: number): Html {
  return errors === 0
    ? html`<span class="muted">0</span>`
    : html`<span class="bad">${formatCount(errors)}</span>`;
}
