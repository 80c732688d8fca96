import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { accountSum } from './account-totals.ts';
import {
  COMMITS,
  DECISIONS,
  FAILED_TOOLS,
  FILE_OPERATIONS,
  LINES,
  PULL_REQUESTS,
  TOOLS,
} from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { notableCount } from './event-totals.ts';
import { heatmapPanel, linesPanel, rankingPanel } from './graph-panels.ts';
import { FROM_ACCOUNTS, FROM_EVENTS, NOT_BY_MODEL, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, recordsPanel, statPanel } from './panels.ts';
import { eventsNow, overTime, valueNow } from './queries.ts';
import { notable, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { partOf, percentile, total, totalOverTime, totalPerStep } from './totals.ts';
import { UNITS } from './units.ts';

const TOOL = 'gen_ai_tool_name';
const NO_TOOL = 'No tool was used in this range';
const NO_DECISION = 'No permission was asked or given in this range';
const DURATION_BUCKETS = series('agent_tool_call_duration_seconds_bucket');

const BYPASS = `How long sessions were in modes that bypass permissions (bypassPermissions, yolo, full access): from the change to the next one, to the end of the session or to its newest event, its silence included. Sub-agents with a mode of their own are not in it. ${FROM_ACCOUNTS}`;

function counted(id: number, title: string, what: string, selector: string, noValue: string) {
  return statPanel(
    {
      id,
      title,
      description: `${what} Source: counter. Empty when there was none. ${NOT_BY_MODEL}`,
      unit: UNITS.count,
      noValue,
    },
    valueNow(total(selector), title),
  );
}

function changes(): Band[] {
  return [
    {
      height: 5,
      panels: [
        statPanel(
          {
            id: 1,
            title: 'Lines changed, in range',
            description: `Lines that agents added and removed. Source: counter; agents that tell none are not in it. Empty when no file was changed. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'None',
          },
          valueNow(total(linesOf('added')), 'Added'),
          valueNow(total(linesOf('removed')), 'Removed'),
        ),
        counted(2, 'Commits, in range', 'Commits, each once whoever told of it.', COMMITS, 'No commit yet'),
        counted(3, 'Pull requests, in range', 'Pull requests that were opened.', PULL_REQUESTS, 'None'),
        counted(
          4,
          'File operations, in range',
          'Files read, written, edited, created or deleted.',
          FILE_OPERATIONS,
          'None',
        ),
        statPanel(
          {
            id: 5,
            title: 'Tool calls, in range',
            description: `Tool calls that ended, and how many failed; a rejected call is none of those. Source: counter. Empty when no tool was used. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'None',
          },
          valueNow(total(TOOLS), 'Calls'),
          valueNow(partOf(total(FAILED_TOOLS), total(TOOLS)), 'Failed'),
        ),
        statPanel(
          {
            id: 6,
            title: 'Tool calls that failed, share in range',
            description: `Failed tool calls as a share of all that ended. Source: counters. Empty when no tool was used. ${NOT_BY_MODEL}`,
            unit: UNITS.share,
            noValue: 'No tool call',
          },
          valueNow(`${partOf(total(FAILED_TOOLS), total(TOOLS))} / (${total(TOOLS)} > 0)`, 'Share'),
        )
          .min(0)
          .max(1),
      ],
    },
    {
      height: 8,
      panels: [
        barsPanel(
          {
            id: 7,
            title: 'Lines per step, added and removed',
            description: `Lines changed in each step of the graph. Source: counter. ${STEP_IN_PROGRESS} Empty when no file was changed. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'No line was changed in this range',
          },
          totalOverTime(LINES, 'type'),
          '{{type}}',
        ),
        barsPanel(
          {
            id: 8,
            title: 'File operations per step, by operation',
            description: `Operations on files that did well, in each step of the graph. Source: counter. ${STEP_IN_PROGRESS} Empty when no file was touched. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'No file was touched in this range',
          },
          totalOverTime(FILE_OPERATIONS, 'operation'),
          '{{operation}}',
        ),
        tablePanel(
          {
            id: 9,
            title: 'Commits and pull requests by agent, in range',
            description: `What came out of each agent's work. Source: counters. Empty while nothing was committed. ${NOT_BY_MODEL}`,
            noValue: 'No commit yet',
          },
          {
            keys: { project: 'Project', agent: 'Agent' },
            columns: [
              { title: 'Commits', expr: `${total(COMMITS, 'project', 'agent')} > 0`, unit: UNITS.count },
              {
                title: 'Pull requests',
                expr: `${total(PULL_REQUESTS, 'project', 'agent')} > 0`,
                unit: UNITS.count,
              },
            ],
            sortBy: 'Commits',
          },
        ),
      ],
    },
  ];
}

function linesOf(type: string): string {
  return series('agent_lines_of_code_count_total', `type="${type}"`);
}

function tools(): Band[] {
  const calls = `(${total(TOOLS, TOOL)} > 0)`;
  const failedCalls = partOf(`(${total(FAILED_TOOLS, TOOL)} > 0)`, calls);
  const quantile = (share: number): string =>
    `histogram_quantile(${share}, sum by (le) (${totalPerStep(DURATION_BUCKETS)}))`;
  return [
    {
      height: 8,
      panels: [
        barsPanel(
          {
            id: 10,
            title: 'Tool calls per step, by tool',
            description: `Tool calls that ended in each step of the graph; the bars add up to the total. Source: counter. ${STEP_IN_PROGRESS} Empty when no tool was used. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: NO_TOOL,
          },
          totalOverTime(TOOLS, TOOL),
          `{{${TOOL}}}`,
        ),
        barsPanel(
          {
            id: 11,
            title: 'Failed tool calls per step, by tool',
            description: `Tool calls that ran and failed or did not run, in each step of the graph. Source: counter. ${STEP_IN_PROGRESS} Empty is good news. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'No tool call failed in this range',
          },
          totalOverTime(FAILED_TOOLS, TOOL),
          `{{${TOOL}}}`,
        ),
      ],
    },
    {
      height: 8,
      panels: [
        heatmapPanel(
          {
            id: 12,
            title: 'Tool calls by how long they took, per step',
            description: `How many calls of each step of the graph took how long, seconds. Source: histogram. Empty when no tool was used. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: NO_TOOL,
          },
          `sum by (le) (${totalPerStep(DURATION_BUCKETS)})`,
          UNITS.duration,
        ),
        linesPanel(
          {
            id: 13,
            title: 'Time of tool calls, half and 95 of 100, per step',
            description: `The time within which half, and 95 of 100 calls of a step ended: an estimate within the bounds of the histogram's buckets. Source: histogram. Empty in steps without a call. ${NOT_BY_MODEL}`,
            unit: UNITS.duration,
            noValue: NO_TOOL,
          },
          overTime(quantile(0.5), 'half'),
          overTime(quantile(0.95), '95 of 100'),
        ),
      ],
    },
    {
      height: 10,
      panels: [
        tablePanel(
          {
            id: 14,
            title: 'Tools, in range',
            description: `Calls of each tool, most used first: how many failed, and how long they took. Times are estimates within the bounds of the histogram's buckets. Source: counters and histogram. Empty when no tool was used. ${NOT_BY_MODEL}`,
            noValue: NO_TOOL,
          },
          {
            keys: { [TOOL]: 'Tool' },
            columns: [
              { title: 'Calls', expr: calls, unit: UNITS.count },
              { title: 'Failed', expr: failedCalls, unit: UNITS.count },
              { title: 'Failed share', expr: `${failedCalls} / ${calls}`, unit: UNITS.share },
              {
                title: 'Half within',
                expr: `${percentile(0.5, DURATION_BUCKETS, TOOL)} >= 0`,
                unit: UNITS.duration,
              },
              {
                title: '95 of 100 within',
                expr: `${percentile(0.95, DURATION_BUCKETS, TOOL)} >= 0`,
                unit: UNITS.duration,
              },
            ],
            sortBy: 'Calls',
          },
        ),
        rankingPanel(
          {
            id: 15,
            title: 'Tools that failed most, top 10, in range',
            description: `Failed calls by tool and agent. Source: counter. Empty is good news. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'No tool call failed in this range',
          },
          valueNow(
            `sort_desc (topk (10, ${total(FAILED_TOOLS, TOOL, 'agent')} > 0))`,
            `{{${TOOL}}} / {{agent}}`,
          ),
        ),
      ],
    },
  ];
}

function permissions(): Band[] {
  const by = ['project', 'agent', TOOL, 'agent_decision', 'agent_decision_source'];
  return [
    {
      height: 9,
      panels: [
        barsPanel(
          {
            id: 16,
            title: 'Permission decisions per step, by decision and source',
            description: `Who let a tool call through or refused it: a person, a rule, a hook. Source: counter. ${STEP_IN_PROGRESS} Empty for agents that tell no decisions. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: NO_DECISION,
          },
          totalOverTime(DECISIONS, 'agent_decision', 'agent_decision_source'),
          '{{agent_decision}} by {{agent_decision_source}}',
        ),
        tablePanel(
          {
            id: 17,
            title: 'Permission decisions, in range',
            description: `Who decided what about which tool. Source: counter. Empty for agents that tell no decisions. ${NOT_BY_MODEL}`,
            noValue: NO_DECISION,
          },
          {
            keys: {
              project: 'Project',
              agent: 'Agent',
              [TOOL]: 'Tool',
              agent_decision: 'Decision',
              agent_decision_source: 'Source',
            },
            columns: [{ title: 'Times', expr: total(DECISIONS, ...by), unit: UNITS.count }],
            sortBy: 'Times',
          },
        ),
      ],
    },
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 18,
            title: 'Permission modes taken on, in range',
            description: `How often each agent changed to which mode, and what made it; bypass modes ask nobody. ${FROM_EVENTS} Empty when no mode was changed. The variable Model does not apply.`,
            noValue: 'No mode was changed',
          },
          {
            store: 'loki',
            keys: {
              project: 'Project',
              agent: 'Agent',
              from_mode: 'From',
              to_mode: 'To',
              trigger: 'Trigger',
            },
            columns: [
              {
                title: 'Times',
                expr: notableCount(
                  ['project', 'agent', 'from_mode', 'to_mode', 'trigger'],
                  'event_name="mode.change"',
                ),
                unit: UNITS.count,
              },
            ],
            sortBy: 'Times',
          },
        ),
        recordsPanel(
          {
            id: 19,
            title: 'Rejections, the newest 100, in range',
            description: `Tool calls that were refused. ${FROM_EVENTS} Empty when everything was let through. The variable Model does not apply.`,
            noValue: 'Nothing was refused in this range',
          },
          notable('event_name="tool.decision"', 'decision="reject"'),
          100,
        ),
      ],
    },
    { height: 8, panels: [bypassTime(), bypassSessions()] },
  ];
}

function bypassTime() {
  return statPanel(
    {
      id: 20,
      title: 'Time in bypass mode, in range',
      description: `${BYPASS} Empty when no session was in one. The variable Model does not apply.`,
      unit: UNITS.milliseconds,
      noValue: 'None',
    },
    eventsNow(accountSum('bypass_ms', []), 'Failed'),
  );
}

function bypassSessions() {
  const by = ['project', 'agent', 'session_id', 'permission_mode'];
  return tablePanel(
    {
      id: 21,
      title: 'Time in bypass mode by session, in range',
      description: `${BYPASS} Empty when no session was in one. The variable Model does not apply.`,
      noValue: 'No session was in bypass mode',
    },
    {
      store: 'loki',
      keys: { project: 'Project', agent: 'Agent', session_id: 'Session', permission_mode: 'Mode' },
      columns: [{ title: 'Time', expr: accountSum('bypass_ms', by), unit: UNITS.milliseconds }],
      sortBy: 'Time',
    },
  );
}

/** What was built, with which tools, and what were agents allowed to do? */
export function coding(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-coding',
    title: 'Coding and tools',
    description: 'What agents changed, how their tools did, and who allowed what.',
    sections: [
      { id: 101, title: 'What was changed', bands: changes() },
      { id: 102, title: 'With which tools', bands: tools() },
      { id: 103, title: 'Who allowed it', bands: permissions() },
    ],
  });
}
