import { BigValueTextMode } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { accountMax, accountSum, firstEvent, lastEvent } from './account-totals.ts';
import { ACTIVE_TIME, COST, FAILED_RUNS, FAILED_TOOLS, RUNS, SCORES, SESSIONS, TOOLS } from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { notableCount } from './event-totals.ts';
import { FROM_ACCOUNTS, FROM_EVENTS, LIST_PRICE, NOT_BY_MODEL, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, statPanel } from './panels.ts';
import { eventsNow, valueNow } from './queries.ts';
import { BY_SESSION, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { partOf, total, totalOverTime } from './totals.ts';
import { UNITS } from './units.ts';

/** What a row of a table of sessions is. */
const SESSION = ['session_id', 'project', 'agent'];
const SUBAGENT = ['session_id', 'subagent'];

function totals(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Sessions begun, in range',
          description: `Sessions that began in the range; a resumed one is not counted again. Source: counter. Empty when no agent ran. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(SESSIONS), 'Sessions'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Sessions by state, now',
          description:
            'The newest 500 sessions of the 24 hours before the end of the range, by state. Source: gauge of the bridge. Empty while the bridge is down. The variable Model does not apply.',
          unit: UNITS.count,
          noValue: 'No data: "monitor status"',
        },
        valueNow(`sum by (state) (${series('agent_session_info', BY_SESSION)})`, '{{state}}'),
      ).textMode(BigValueTextMode.ValueAndName),
      statPanel(
        {
          id: 3,
          title: 'Runs, in range',
          description: `Prompts that were worked off in the range, and how many failed. Source: counter. Empty when nothing was asked. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(RUNS), 'Ended'),
        valueNow(partOf(total(FAILED_RUNS), total(RUNS)), 'Failed'),
      ),
      statPanel(
        {
          id: 4,
          title: 'Tool calls, in range',
          description: `Tool calls that ended in the range, and how many failed. Source: counter. Empty when no tool was used. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(TOOLS), 'Calls'),
        valueNow(partOf(total(FAILED_TOOLS), total(TOOLS)), 'Failed'),
      ),
      statPanel(
        {
          id: 5,
          title: 'Cost of the selected sessions, in range',
          description: `US dollars of the model calls of the selected sessions, their sub-agents among them. ${LIST_PRICE} ${FROM_ACCOUNTS} Empty when no model was called. The variable Model does not apply.`,
          unit: UNITS.cost,
          noValue: 'None',
        },
        eventsNow(accountSum('cost_usd', []), 'Cost'),
      ),
      statPanel(
        {
          id: 11,
          title: 'Time at work, in range',
          description: `Time that people typed (user) and agents worked (cli), as agents tell it. Source: counter. Empty for agents that tell none. ${NOT_BY_MODEL}`,
          unit: UNITS.duration,
          noValue: 'No agent tells it',
        },
        valueNow(total(ACTIVE_TIME, 'type'), '{{type}}'),
      ).textMode(BigValueTextMode.ValueAndName),
    ],
  };
}

function sessionTable(): Band {
  return {
    height: 14,
    panels: [
      tablePanel(
        {
          id: 6,
          title: 'Sessions with an event, in range',
          description: `One row per session: its first and last event in the range, what it did and what it cost, sub-agents of the same session included. Context peak is the largest prompt, tokens; lines are those that tool calls added and removed. Click a session for its timeline. ${FROM_ACCOUNTS} Empty when no agent ran. The variable Model does not apply.`,
          noValue: 'No session in this range: "monitor status" says when each agent was last seen',
        },
        {
          store: 'loki',
          keys: { session_id: 'Session', project: 'Project', agent: 'Agent' },
          columns: [
            { title: 'First event', expr: firstEvent(SESSION), unit: UNITS.moment },
            { title: 'Last event', expr: lastEvent(SESSION), unit: UNITS.age },
            { title: 'Runs', expr: accountSum('runs', SESSION), unit: UNITS.count },
            { title: 'Model calls', expr: accountSum('model_calls', SESSION), unit: UNITS.count },
            { title: 'Tool calls', expr: accountSum('tool_calls', SESSION), unit: UNITS.count },
            {
              title: 'Failed tool calls',
              expr: accountSum('failed_tool_calls', SESSION),
              unit: UNITS.count,
            },
            { title: 'Cost', expr: accountSum('cost_usd', SESSION), unit: UNITS.cost },
            { title: 'Context peak', expr: accountMax('prompt_tokens', SESSION), unit: UNITS.tokens },
            { title: 'Lines added', expr: accountSum('lines_added', SESSION), unit: UNITS.count },
            { title: 'Lines removed', expr: accountSum('lines_removed', SESSION), unit: UNITS.count },
          ],
          sortBy: 'Last event',
        },
      ),
    ],
  };
}

function families(): Band {
  return {
    height: 8,
    panels: [
      tablePanel(
        {
          id: 7,
          title: 'Sub-agents in sessions, in range',
          description: `Model calls and cost of sub-agents that work inside their session; what is without a sub-agent is the main agent's. ${LIST_PRICE} ${FROM_ACCOUNTS} Empty when no agent names its sub-agents.`,
          noValue: 'No sub-agent called a model',
        },
        {
          store: 'loki',
          keys: { session_id: 'Session', subagent: 'Sub-agent' },
          columns: [
            {
              title: 'Model calls',
              expr: accountSum('model_calls', SUBAGENT, 'subagent!=""'),
              unit: UNITS.count,
            },
            {
              title: 'Cost',
              expr: accountSum('cost_usd', SUBAGENT, 'subagent!=""'),
              unit: UNITS.cost,
            },
          ],
          sortBy: 'Cost',
        },
      ),
      tablePanel(
        {
          id: 8,
          title: 'Sessions begun by sessions, in range',
          description: `Sub-agents that have a session of their own, and which session began each. ${FROM_EVENTS} Empty where sub-agents work inside their session.`,
          noValue: 'No session began another one',
        },
        {
          store: 'loki',
          keys: { parent_session_id: 'Begun by', session_id: 'Session', agent: 'Agent' },
          columns: [
            {
              title: 'Times begun or taken up',
              expr: notableCount(
                ['parent_session_id', 'session_id', 'agent'],
                'event_name="session.start"',
                'parent_session_id!=""',
              ),
              unit: UNITS.count,
            },
          ],
          sortBy: 'Begun by',
        },
      ),
    ],
  };
}

function overTime(): Band {
  const judged = ['agent_feedback_score', 'agent_feedback_source'];
  return {
    height: 8,
    panels: [
      barsPanel(
        {
          id: 9,
          title: 'Runs ended per step, by outcome',
          description: `Runs by how they ended, in each step of the graph. Source: counter. ${STEP_IN_PROGRESS} Empty when nothing was asked. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'No run ended in this range',
        },
        totalOverTime(RUNS, 'agent_outcome'),
        '{{agent_outcome}}',
      ),
      barsPanel(
        {
          id: 10,
          title: 'Cost per step, by agent',
          description: `US dollars in each step of the graph. ${LIST_PRICE} Source: counter. ${STEP_IN_PROGRESS} Empty when no model was called. The variable Session does not apply.`,
          unit: UNITS.cost,
          noValue: 'No model was called in this range',
        },
        totalOverTime(COST, 'agent'),
        '{{agent}}',
      ),
      tablePanel(
        {
          id: 12,
          title: 'Judgements of sessions, in range',
          description: `Scores from 1 to 5 (best) that people gave with "monitor rate" or in an agent's survey, and agents gave themselves. Source: counter. Empty when nobody judged. ${NOT_BY_MODEL}`,
          noValue: 'Nobody judged a session: "monitor rate SESSION 4" does',
        },
        {
          keys: { agent_feedback_score: 'Score', agent_feedback_source: 'Who judged' },
          columns: [{ title: 'Times', expr: total(SCORES, ...judged), unit: UNITS.count }],
          sortBy: 'Score',
        },
      ),
    ],
  };
}

/** Which sessions were there, how long, what did each do and cost? */
export function sessions(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-sessions',
    title: 'Sessions',
    description:
      'Every session of the range: when, how much it did, what failed, what it cost, and who it began.',
    sections: [
      { id: 101, title: 'How much', bands: [totals()] },
      { id: 102, title: 'Which', bands: [sessionTable()] },
      { id: 103, title: 'Sub-agents', bands: [families()] },
      { id: 104, title: 'When', bands: [overTime()] },
    ],
  });
}
