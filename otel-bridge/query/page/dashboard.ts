import type { BridgeConfig } from '../../config.ts';
import type {
  OpenTool,
  SamplerState,
  SessionSummary,
  UnpricedModel,
  Usage,
  UsageTotals,
} from '../../domain/read-model.ts';
import type { ImportStatus } from '../service-status.ts';
import { type DayCost, renderCostChart } from './cost-chart.ts';
import { renderCostNote } from './cost-note.ts';
import { DASH, formatCompact, formatCount, formatDuration, formatUsd } from './format.ts';
import { type Html, html } from './html.ts';
import { renderImportProgress } from './import-progress.ts';
import type { ViewContext } from './layout.ts';
import { renderMachines } from './machines.ts';
import { renderErrors, renderSessionLink, renderSessions } from './session-table.ts';
import { renderTable } from './table.ts';
import { renderUsageTable } from './usage-table.ts';

/** Everything that the dashboard shows. */
export interface DashboardData {
  /** Today's date, `YYYY-MM-DD`. */
  readonly date: string;
  readonly today: UsageTotals;
  /** One entry per day, oldest first, the last is today. */
  readonly days: readonly DayCost[];
  /** Sums of those days. */
  readonly total: UsageTotals;
  readonly byProject: Usage;
  readonly byAgent: Usage;
  readonly byModel: Usage;
  readonly running: readonly SessionSummary[];
  readonly recent: readonly SessionSummary[];
  readonly openTools: readonly OpenTool[];
  readonly samplers: readonly SamplerState[];
  readonly unpriced: readonly UnpricedModel[];
  readonly billing: BridgeConfig['billing'];
  readonly import: ImportStatus | null;
}

/** The first view: what the agents cost and do. */
export function renderDashboard(data: DashboardData, context: ViewContext): Html {
  return html`<h1 id="date" data-live>Today, ${data.date}</h1>
<div id="import" data-live>${renderImportProgress(data.import)}</div>
<section id="today" data-live aria-label="Today">${renderToday(data)}</section>
<section id="cost" data-live><h2>Cost by day <small>${data.days.length} days, ${formatUsd(data.total.costNanoUsd)}</small></h2>
${renderCostChart(data.days)}
${renderCostNote(data.total, data.unpriced, data.billing)}</section>
<section id="running" data-live><h2>Running sessions <small>${formatCount(data.running.length)}</small></h2>
${renderSessions('Running sessions', data.running, context, 'No session runs.')}</section>
<section id="tools" data-live><h2>Open tools <small>calls that have not ended</small></h2>
${renderOpenTools(data.openTools, context)}</section>
<div id="machines" data-live>${renderMachines(data.samplers, context)}</div>
<div class="pair">
<section id="projects" data-live><h2>Projects <small>30 days</small></h2>${renderUsageTable('Project', 'project', data.byProject)}</section>
<section id="agents" data-live><h2>Agents <small>30 days</small></h2>${renderUsageTable('Agent', 'agent', data.byAgent)}</section>
</div>
<section id="models" data-live><h2>Models <small>30 days</small></h2>${renderUsageTable('Model', 'model', data.byModel)}</section>
<section id="recent" data-live><h2>Recent sessions</h2>
${renderSessions('Recent sessions', data.recent, context, 'No session yet.')}</section>`;
}

function renderToday({ today }: DashboardData): Html {
  const tile = (title: string, value: Html | string, exact?: number): Html =>
    html`<div><dt>${title}</dt><dd${exact !== undefined && html` title="${formatCount(exact)}"`}>${value}</dd></div>
`;
  const tokens = (title: string, count: number): Html => tile(title, formatCompact(count), count);
  return html`<dl class="tiles today">
<div class="first"><dt>Cost</dt><dd>${formatUsd(today.costNanoUsd)}</dd></div>
${tokens('Input tokens', today.inputTokens)}
${tokens('Output tokens', today.outputTokens)}
${tokens('Cache read', today.cacheReadTokens)}
${tokens('Cache creation', today.cacheCreationTokens)}
${tile('Sessions', formatCount(today.sessions))}
${tile('Runs', formatCount(today.runs))}
${tile('Tool calls', formatCount(today.toolCalls))}
${tile('Errors', renderErrors(today.errors))}
</dl>`;
}

function renderOpenTools(tools: readonly OpenTool[], { nowMs }: ViewContext): Html {
  return renderTable(
    'Open tools',
    [
      { title: 'Tool', cell: ({ name }: OpenTool) => name ?? DASH },
      {
        title: 'Open for',
        kind: 'fixed',
        cell: ({ startedMs }) => formatDuration(Math.max(0, nowMs - startedMs)),
      },
      {
        title: 'Session',
        kind: 'fixed',
        cell: ({ sessionId }) => (sessionId === null ? DASH : renderSessionLink(sessionId)),
      },
      { title: 'Project', cell: ({ project }) => project },
      { title: 'Agent', cell: ({ agent }) => agent },
    ],
    tools,
    'No tool call is open.',
  );
}
