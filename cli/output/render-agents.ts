import type { AgentStatus } from '../bridge-api/service-status.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import { renderTable } from './render-table.ts';

/** A line per agent: how long ago it was heard of, by signal. */
export function renderAgents(agents: readonly AgentStatus[], nowMs: number): string {
  const ago = (time: string | null): string =>
    time === null ? 'never' : formatDuration(Math.max(0, nowMs - Date.parse(time)));
  return renderTable(
    [
      { title: 'AGENT' },
      { title: 'PROJECT' },
      { title: 'LAST EVENT', align: 'right' },
      { title: 'METRIC', align: 'right' },
      { title: 'LOG', align: 'right' },
      { title: 'SPAN', align: 'right' },
      { title: 'SESSIONS (24 h)', align: 'right' },
    ],
    agents.map((agent) => [
      agent.agent,
      agent.project,
      ago(agent.last_event_at),
      ago(agent.last_metric_at),
      ago(agent.last_log_at),
      ago(agent.last_span_at),
      formatCount(agent.sessions_24h),
    ]),
  );
}
