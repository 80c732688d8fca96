import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import { COST } from './counters.ts';
import type { Band } from './dashboard.ts';
import { sharesPanel } from './graph-panels.ts';
import { CONTEXT_LIMITS } from './limits.ts';
import { LIST_PRICE, NOT_BY_MODEL } from './notes.ts';
import { statPanel } from './panels.ts';
import { valueNow } from './queries.ts';
import { BY_SESSION, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { total } from './totals.ts';
import { UNITS } from './units.ts';

const SESSION_INFO = series('agent_session_info', BY_SESSION);
const RUNNING_SESSIONS = series('agent_session_info', BY_SESSION, 'state!="ended"');

/** What goes on, and whether today is dearer than yesterday. */
export function rightNow(): Band {
  return {
    height: 6,
    panels: [
      statPanel(
        {
          id: 17,
          title: 'Cost, today so far',
          description: `US dollars since midnight of your time zone, whatever range is selected. ${LIST_PRICE} Source: counter. Empty when no model was called today.`,
          unit: UNITS.cost,
          noValue: 'None today',
        },
        valueNow(total(COST), 'Cost'),
      ).timeFrom('now/d'),
      statPanel(
        {
          id: 18,
          title: 'Cost, yesterday until the same time',
          description: `US dollars from midnight to this time of day, one day earlier: compare it with today's. ${LIST_PRICE} Source: counter. Empty when no model was called yesterday.`,
          unit: UNITS.cost,
          noValue: 'None yesterday',
        },
        valueNow(total(COST), 'Cost'),
      )
        .timeFrom('now/d')
        .timeShift('1d'),
      statPanel(
        {
          id: 19,
          title: 'Sessions of the last 24 h by state, now',
          description:
            'The newest 500 sessions of the 24 hours before the end of the range: running (work on a prompt), waiting (for their user) or ended. Source: gauge of the bridge. Empty while the bridge is down. The variable Model does not apply.',
          unit: UNITS.count,
          noValue: 'No data: "monitor status"',
        },
        valueNow(`sum by (state) (${SESSION_INFO})`, '{{state}}'),
      ).textMode(BigValueTextMode.ValueAndName),
      sharesPanel(
        {
          id: 20,
          title: 'Fullest context by agent, now',
          description: `Share of the context window that the last model call of an agent's fullest active session filled. Source: gauge of the bridge. Empty when no session is active, or no window is known. ${NOT_BY_MODEL}`,
          unit: UNITS.share,
          noValue: 'No active session with a known window',
        },
        CONTEXT_LIMITS,
        valueNow(
          `sort_desc (max by (project, agent) (${series('agent_context_utilization_current_ratio')}))`,
          '{{project}} / {{agent}}',
        ),
      ),
      tablePanel(
        {
          id: 21,
          title: 'Sessions that have not ended, now',
          description:
            'Sessions that run or wait for their user at the end of the range; click one for its timeline. Source: gauge of the bridge. Empty when no agent runs. The variable Model does not apply.',
          noValue: 'No session runs',
        },
        {
          keys: {
            session_id: 'Session',
            project: 'Project',
            agent: 'Agent',
            host_name: 'Host',
            state: 'State',
          },
          columns: [
            {
              title: 'Sessions',
              expr: `sum by (session_id, project, agent, host_name, state) (${RUNNING_SESSIONS})`,
              unit: UNITS.count,
            },
          ],
          sortBy: 'Project',
        },
      ),
    ],
  };
}
