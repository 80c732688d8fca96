import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  CALLS,
  COST,
  ERRORS,
  FAILED_CALLS,
  FAILED_RUNS,
  FAILED_TOOLS,
  RUNS,
  SESSIONS,
  TOKENS,
  TOOLS,
} from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { LIST_PRICE, NOT_BY_MODEL } from './notes.ts';
import { rightNow } from './overview-now.ts';
import { barsPanel, recordsPanel, statPanel } from './panels.ts';
import { valueNow } from './queries.ts';
import { BY_MODEL, events, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { partOf, total, totalOverTime } from './totals.ts';
import { UNITS } from './units.ts';

/** Totals, and beside each what failed of it. */
function totals(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Active sessions, now',
          description: `Sessions with an event within the idle limit (30 minutes unless settings differ) at the end of the range. Source: gauge of the bridge. Empty while the bridge is down. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'No data: "monitor status"',
        },
        valueNow(`sum (${series('agent_session_active')})`, 'Active'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Sessions, in range',
          description: `Sessions that began in the range; a resumed one is not counted again. Source: counter. Empty when no agent ran. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(SESSIONS), 'Sessions'),
      ),
      statPanel(
        {
          id: 3,
          title: 'Runs, in range',
          description: `Prompts that were worked off in the range, and how many of them failed. Source: counter. A run counts when it ends. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(RUNS), 'Ended'),
        valueNow(partOf(total(FAILED_RUNS), total(RUNS)), 'Failed'),
      ),
      statPanel(
        {
          id: 4,
          title: 'Cost, in range',
          description: `US dollars spent on model calls in the range. ${LIST_PRICE} Source: counter. Empty when no model was called.`,
          unit: UNITS.cost,
          noValue: 'None',
        },
        valueNow(total(COST), 'Cost'),
      ),
      statPanel(
        {
          id: 5,
          title: 'Tokens, in range',
          description:
            'Tokens of all types, sent and generated, in the range; the types are disjoint. Source: counter. Empty when no model was called.',
          unit: UNITS.tokens,
          noValue: 'None',
        },
        valueNow(total(TOKENS), 'Tokens'),
      ),
      statPanel(
        {
          id: 6,
          title: 'Model calls, in range',
          description:
            'Calls of models in the range, and how many of them ended in an error for good (rate limit, overload, refusal). Source: counter. Empty for senders that tell usage per run only.',
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(CALLS), 'Calls'),
        valueNow(partOf(total(FAILED_CALLS), total(CALLS)), 'Failed'),
      ),
      statPanel(
        {
          id: 7,
          title: 'Tool calls, in range',
          description: `Tool calls that ended in the range, and how many of them failed; a rejected call is none of those. Source: counter. Empty when no tool was used. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(TOOLS), 'Calls'),
        valueNow(partOf(total(FAILED_TOOLS), total(TOOLS)), 'Failed'),
      ),
      statPanel(
        {
          id: 8,
          title: 'Errors, in range',
          description: `Model calls, tool calls and runs of the range that ended in an error, and errors that agents report; one mishap can leave several. Source: counter. Empty is good news. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(ERRORS), 'Failed'),
      ),
    ],
  };
}

function overTime(): Band {
  return {
    height: 8,
    panels: [
      barsPanel(
        {
          id: 9,
          title: 'Cost per step, by project and agent',
          description: `US dollars spent in each step of the graph; the bars add up to the total. ${LIST_PRICE} Source: counter. The step in progress is not shown yet.`,
          unit: UNITS.cost,
          noValue: 'No model was called in this range',
        },
        totalOverTime(COST, 'project', 'agent'),
        '{{project}} / {{agent}}',
      ),
      barsPanel(
        {
          id: 10,
          title: 'Tokens per step, by type',
          description:
            'Tokens in each step of the graph: input (sent, not from a cache), output (generated), cache_read and cache_creation; input and both cache types make the whole prompt. Source: counter. The step in progress is not shown yet.',
          unit: UNITS.tokens,
          noValue: 'No model was called in this range',
        },
        totalOverTime(TOKENS, 'gen_ai_token_type'),
        '{{gen_ai_token_type}}',
      ),
    ],
  };
}

function byAgent(): Band {
  const by = ['project', 'agent'];
  return {
    height: 8,
    panels: [
      tablePanel(
        {
          id: 11,
          title: 'Projects and agents, in range',
          description:
            'What each agent did for each project in the range, most expensive first. Source: counters; the last event from a gauge. An agent of the last 30 days that did nothing in the range has its last event alone. The variable Model applies to cost, tokens and model calls.',
          noValue: 'No agent has sent anything yet: "monitor env AGENT" says how to connect one',
        },
        {
          keys: { project: 'Project', agent: 'Agent' },
          columns: [
            { title: 'Sessions', expr: total(SESSIONS, ...by), unit: UNITS.count },
            { title: 'Runs', expr: total(RUNS, ...by), unit: UNITS.count },
            { title: 'Cost', expr: total(COST, ...by), unit: UNITS.cost },
            { title: 'Tokens', expr: total(TOKENS, ...by), unit: UNITS.tokens },
            { title: 'Model calls', expr: total(CALLS, ...by), unit: UNITS.count },
            {
              title: 'Failed model calls',
              expr: partOf(total(FAILED_CALLS, ...by), total(CALLS, ...by)),
              unit: UNITS.count,
            },
            { title: 'Tool calls', expr: total(TOOLS, ...by), unit: UNITS.count },
            {
              title: 'Failed tool calls',
              expr: partOf(total(FAILED_TOOLS, ...by), total(TOOLS, ...by)),
              unit: UNITS.count,
            },
            {
              title: 'Last event',
              // Grafana's ages are in milliseconds.
              expr: `1000 * max by (${by.join(', ')}) (last_over_time(${series('agent_last_event_time_seconds')}[$__range]))`,
              unit: UNITS.age,
            },
          ],
          sortBy: 'Cost',
        },
      ),
    ],
  };
}

function byModelAndTool(): Band {
  const model = 'gen_ai_request_model';
  const tool = 'gen_ai_tool_name';
  const tokens = (type: string): string =>
    `${total(series('agent_token_usage_total', BY_MODEL, `gen_ai_token_type="${type}"`), model)} > 0`;
  const toolCalls = `(${total(TOOLS, tool)} > 0)`;
  const failedToolCalls = partOf(`(${total(FAILED_TOOLS, tool)} > 0)`, toolCalls);
  const durations = (part: string): string => series(`agent_tool_call_duration_seconds_${part}`);
  return {
    height: 9,
    panels: [
      tablePanel(
        {
          id: 12,
          title: 'Models, in range',
          description: `Tokens by type and cost of each model in the range, most expensive first. ${LIST_PRICE} Source: counters. Empty when no model was called.`,
          noValue: 'No model was called in this range',
        },
        {
          keys: { [model]: 'Model' },
          columns: [
            { title: 'Cost', expr: `${total(COST, model)} > 0`, unit: UNITS.cost },
            { title: 'Input', expr: tokens('input'), unit: UNITS.tokens },
            { title: 'Output', expr: tokens('output'), unit: UNITS.tokens },
            { title: 'Cache read', expr: tokens('cache_read'), unit: UNITS.tokens },
            { title: 'Cache creation', expr: tokens('cache_creation'), unit: UNITS.tokens },
          ],
          sortBy: 'Cost',
        },
      ),
      tablePanel(
        {
          id: 13,
          title: 'Tools, in range',
          description: `Calls of each tool that ended in the range, most used first: how many failed, and how long they took on average. Source: counters. Empty when no tool was used. ${NOT_BY_MODEL}`,
          noValue: 'No tool was used in this range',
        },
        {
          keys: { [tool]: 'Tool' },
          columns: [
            { title: 'Calls', expr: toolCalls, unit: UNITS.count },
            { title: 'Failed', expr: failedToolCalls, unit: UNITS.count },
            { title: 'Failed share', expr: `${failedToolCalls} / ${toolCalls}`, unit: UNITS.share },
            {
              title: 'Average time',
              expr: `${total(durations('sum'), tool)} / (${total(durations('count'), tool)} > 0)`,
              unit: UNITS.duration,
            },
          ],
          sortBy: 'Calls',
        },
      ),
    ],
  };
}

function errors(): Band {
  return {
    height: 8,
    panels: [
      barsPanel(
        {
          id: 14,
          title: 'Failed model calls per step, by type',
          description:
            'Calls of models that ended in an error for good in each step of the graph, by HTTP status or class of error. Source: counter. Empty is good news. The step in progress is not shown yet.',
          unit: UNITS.count,
          noValue: 'No model call failed in this range',
        },
        totalOverTime(FAILED_CALLS, 'error_type'),
        '{{error_type}}',
      ),
      barsPanel(
        {
          id: 15,
          title: 'Errors per step, by kind',
          description: `Model calls, tool calls and runs that ended in an error, and errors that agents report (event), in each step of the graph. Source: counter. Empty is good news. The step in progress is not shown yet. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'No errors in this range',
        },
        totalOverTime(ERRORS, 'agent_error_kind'),
        '{{agent_error_kind}}',
      ),
    ],
  };
}

function newestEvents(): Band {
  return {
    height: 12,
    panels: [
      recordsPanel(
        {
          id: 16,
          title: 'Newest 100 events, in range',
          description: `What agents did, as one line an event; open a line for its session, run, tokens and the link to its trace. Source: Loki. Imported history is not in it. ${NOT_BY_MODEL}`,
          noValue: 'No event in this range: "monitor status" says when each agent was last seen',
        },
        `${events()} | line_format "{{.project}} / {{.agent}}: {{__line__}}"`,
        100,
      ),
    ],
  };
}

/** What do the agents of this machine do, what does it cost, and what fails? */
export function overview(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-overview',
    title: 'Overview',
    description: 'What the agents did, what it cost and what failed, by project, agent, model and tool.',
    sections: [
      { id: 101, title: 'How much', bands: [totals(), rightNow()] },
      { id: 102, title: 'When', bands: [overTime()] },
      { id: 103, title: 'Who, and with what', bands: [byAgent(), byModelAndTool()] },
      { id: 104, title: 'What failed', bands: [errors()] },
      { id: 105, title: 'What happened last', bands: [newestEvents()] },
    ],
  });
}
