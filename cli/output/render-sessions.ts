import type { Session, SessionTimeline, TimelineEntry } from '../bridge-api/sessions.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import { formatTime } from './format-time.ts';
import { formatUsd } from './format-usd.ts';
import { renderMarkdownTable } from './render-markdown-table.ts';
import { renderTable } from './render-table.ts';

/** How a table can be written for people. */
export type TableFormat = 'table' | 'md';

const RENDERERS = { table: renderTable, md: renderMarkdownTable } as const;

/** Sessions as a table, in the order given. */
export function renderSessionList(sessions: readonly Session[], format: TableFormat): string {
  return RENDERERS[format](
    [
      { title: 'SESSION' },
      { title: 'STARTED' },
      { title: 'STATE' },
      { title: 'PROJECT' },
      { title: 'AGENT' },
      { title: 'MODEL' },
      { title: 'RUNS', align: 'right' },
      { title: 'TOOLS', align: 'right' },
      { title: 'ERRORS', align: 'right' },
      { title: 'TOKENS', align: 'right' },
      { title: 'COST', align: 'right' },
    ],
    sessions.map((session) => [
      session.session_id,
      formatTime(session.started_at),
      session.state,
      session.project,
      session.agent,
      session.model ?? '-',
      formatCount(session.runs),
      formatCount(session.tool_calls),
      formatCount(session.errors),
      formatCount(tokensOf(session)),
      formatUsd(session.cost_micro_usd),
    ]),
  );
}

/** One session: what it is, what it used, and its timeline. */
export function renderSession({ session, timeline }: SessionTimeline, format: TableFormat): string {
  const facts = [
    ['session', session.session_id],
    ['project', session.project],
    ['agent', `${session.agent} (${session.framework})`],
    ['model', session.model ?? '-'],
    ['started', formatTime(session.started_at)],
    ['last event', formatTime(session.last_event_at)],
    ['state', session.state],
    [
      'tokens',
      `${formatCount(session.input_tokens)} input, ${formatCount(session.output_tokens)} output, ` +
        `${formatCount(session.cache_read_tokens)} cache read, ${formatCount(session.cache_creation_tokens)} cache write`,
    ],
    ['cost', formatUsd(session.cost_micro_usd)],
  ];
  if (format === 'md') {
    const columns = [{ title: 'session' }, { title: session.session_id }];
    return [renderMarkdownTable(columns, facts.slice(1)), '', renderTimeline(timeline, format)].join('\n');
  }
  const width = Math.max(...facts.map(([name = '']) => name.length));
  const head = facts.map(([name = '', value]) => `${name.padEnd(width)}  ${value}`);
  return [...head, '', renderTimeline(timeline, format)].join('\n');
}

function renderTimeline(timeline: readonly TimelineEntry[], format: TableFormat): string {
  return RENDERERS[format](
    [
      { title: 'TIME' },
      { title: 'KIND' },
      { title: 'WHAT' },
      { title: 'OUTCOME' },
      { title: 'TOOK', align: 'right' },
      { title: 'TOKENS', align: 'right' },
      { title: 'COST', align: 'right' },
    ],
    timeline.map((entry) => [
      formatTime(entry.ts),
      entry.kind,
      entry.title,
      entry.outcome === null || entry.outcome === 'unknown' ? '' : entry.outcome,
      entry.duration_ms === null ? '' : formatDuration(entry.duration_ms),
      entry.tokens === null ? '' : formatCount(entry.tokens),
      entry.cost_micro_usd === null ? '' : formatUsd(entry.cost_micro_usd),
    ]),
  );
}

function tokensOf(session: Session): number {
  return (
    session.input_tokens + session.output_tokens + session.cache_read_tokens + session.cache_creation_tokens
  );
}
