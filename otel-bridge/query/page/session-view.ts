import type { KnownFact, SessionSummary } from '../../domain/read-model.ts';
import type { TimelineEntry } from '../timeline.ts';
import { DASH, formatCompact, formatCount, formatDuration, formatTime, formatUsd } from './format.ts';
import { type Html, html } from './html.ts';
import type { ViewContext } from './layout.ts';
import { renderErrors, renderState } from './session-table.ts';
import { renderTable } from './table.ts';

/** Lines of a timeline that the page shows; the API gives all. */
const MAX_LINES = 2000;
const KIND_NAMES: Readonly<Record<TimelineEntry['kind'], string>> = {
  session: 'session',
  run: 'run',
  api: 'model',
  tool: 'tool',
  usage: 'usage',
  prompt: 'prompt',
  decision: 'permission',
  span: 'span',
  task: 'task',
  commit: 'commit',
  pull_request: 'pull request',
  tally: 'sum',
  event: 'event',
  vm: 'VM',
  container: 'container',
};
const BAD_OUTCOMES: readonly KnownFact['outcome'][] = ['failure', 'error', 'rejected'];

/** One session with its timeline. */
export function renderSession(
  session: SessionSummary,
  timeline: readonly TimelineEntry[],
  context: ViewContext,
): Html {
  const { totals } = session;
  const tile = (
    title: string,
    value: Html | string,
  ): Html => html`<div><dt>${title}</dt><dd>${value}</dd></div>
`;
  return html`<h1>Session ${session.id}</h1>
<section id="session" data-live aria-label="Session">
<dl class="tiles">
${tile('Cost', formatUsd(totals.costNanoUsd))}
${tile('Input tokens', formatCompact(totals.inputTokens))}
${tile('Output tokens', formatCompact(totals.outputTokens))}
${tile('Cache read', formatCompact(totals.cacheReadTokens))}
${tile('Cache creation', formatCompact(totals.cacheCreationTokens))}
${tile('Runs', formatCount(totals.runs))}
${tile('Tool calls', formatCount(totals.toolCalls))}
${tile('Errors', renderErrors(totals.errors))}
</dl>
</section>
<section id="about" data-live aria-label="About this session">
<dl class="facts">
<dt>State</dt><dd>${renderState(session.state)}${session.endReason !== null && html` (${session.endReason})`}</dd>
<dt>Project</dt><dd>${session.project}</dd>
<dt>Agent</dt><dd>${session.agent}, ${session.framework}${session.host !== null && html` on ${session.host}`}</dd>
<dt>Model</dt><dd>${session.model ?? DASH}</dd>
<dt>Repository</dt><dd>${session.repository ?? DASH}${session.branch !== null && html`, branch ${session.branch}`}</dd>
<dt>Folder</dt><dd>${session.cwd ?? DASH}</dd>
<dt>Started</dt><dd>${formatTime(session.startedMs, context.timezone)}</dd>
<dt>Last seen</dt><dd>${formatTime(session.lastMs, context.timezone)}, ${formatDuration(session.lastMs - session.startedMs)} after the start</dd>
</dl>
</section>
<section id="timeline" data-live><h2>Timeline <small>${lineCount(timeline.length)}</small></h2>
${renderTimeline(timeline.slice(-MAX_LINES), context)}</section>`;
}

function lineCount(lines: number): string {
  return lines > MAX_LINES
    ? `the newest ${formatCount(MAX_LINES)} of ${formatCount(lines)}; all: monitor session show`
    : formatCount(lines);
}

function renderTimeline(lines: readonly TimelineEntry[], { timezone, nowMs }: ViewContext): Html {
  return renderTable(
    'Timeline',
    [
      { title: 'Time', kind: 'fixed', cell: ({ tsMs }: TimelineEntry) => formatTime(tsMs, timezone) },
      { title: 'Kind', cell: ({ kind }) => KIND_NAMES[kind] },
      { title: 'What', kind: 'text', cell: ({ title }) => title },
      { title: 'Outcome', cell: ({ fact }) => fact !== null && renderOutcome(fact) },
      { title: 'Duration', kind: 'number', cell: ({ fact }) => fact !== null && renderDuration(fact, nowMs) },
      { title: 'Tokens', kind: 'number', cell: ({ tokens }) => (tokens === null ? '' : formatCount(tokens)) },
      {
        title: 'Cost',
        kind: 'number',
        cell: ({ tokens, costNanoUsd }) => tokens !== null && formatUsd(costNanoUsd),
      },
    ],
    lines,
    'Nothing is known of this session yet.',
  );
}

function renderOutcome({ outcome, endMs }: KnownFact): Html | string {
  if (endMs === null) return outcome === 'abandoned' ? outcome : 'open';
  if (outcome === 'unknown') return '';
  return BAD_OUTCOMES.includes(outcome) ? html`<span class="bad">${outcome}</span>` : outcome;
}

function renderDuration({ durationMs, endMs, startMs, outcome }: KnownFact, nowMs: number): string {
  if (durationMs !== null) return formatDuration(durationMs);
  if (outcome === 'abandoned') return '';
  return endMs === null && startMs !== null ? `${formatDuration(Math.max(0, nowMs - startMs))} so far` : '';
}
