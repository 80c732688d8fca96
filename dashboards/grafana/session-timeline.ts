import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { WELL } from './colours.ts';
import { type Band, dashboard } from './dashboard.ts';
import {
  eventCount,
  eventCountOverTime,
  eventMax,
  eventSum,
  eventSumOverTime,
  eventTime,
  notableMax,
  promptPeak,
  promptPeakOverTime,
} from './event-totals.ts';
import { historyPanel, linesPanel, statesPanel } from './graph-panels.ts';
import { FROM_EVENTS, LIST_PRICE } from './notes.ts';
import { eventBarsPanel, recordsPanel, statPanel } from './panels.ts';
import { eventsNow, eventsOverTime, overTime } from './queries.ts';
import { BY_SESSION, events, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { UNITS } from './units.ts';

const TOOL = 'gen_ai_tool_name';
const TOOL_ENDED = ['event_name="span.end"', `${TOOL}!=""`];
const NOT_WELL = 'agent_outcome=~"failure|error"';
const CHOOSE = 'Choose one session above: with All it shows every session that the other variables leave.';
const NOTES = `${FROM_EVENTS} The variable Model does not apply.`;
/** So many calls in one step are many. */
const BUSY = { near: 20, at: 60 };

function verdict(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Time from first to last event, in range',
          description: `How long the session goes on, as far as the range shows it. ${CHOOSE} ${NOTES} Empty when it did nothing in the range.`,
          unit: UNITS.milliseconds,
          noValue: 'No event of this session in this range',
        },
        eventsNow(
          `max (${eventTime('max', ['service_name'], 'session_id!=""')}) - min (${eventTime('min', ['service_name'], 'session_id!=""')})`,
          'Time',
        ),
      ),
      statPanel(
        {
          id: 2,
          title: 'Runs ended, in range',
          description: `Prompts that were worked off, and how many failed. ${CHOOSE} ${NOTES} Empty when none ended.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(eventCount([], 'event_name="run.end"'), 'Ended'),
        eventsNow(eventCount([], 'event_name="run.end"', NOT_WELL), 'Failed'),
      ),
      statPanel(
        {
          id: 3,
          title: 'Tool calls, in range',
          description: `Tool calls that ended, and how many failed. ${CHOOSE} ${NOTES} Empty when no tool was used.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(eventCount([], ...TOOL_ENDED), 'Calls'),
        eventsNow(eventCount([], ...TOOL_ENDED, NOT_WELL), 'Failed'),
      ),
      statPanel(
        {
          id: 4,
          title: 'Cost, sub-agents included, in range',
          description: `US dollars of the session's model calls. ${LIST_PRICE} ${CHOOSE} ${NOTES} Empty when no model was called.`,
          unit: UNITS.cost,
          noValue: 'None',
        },
        eventsNow(eventSum('cost_usd', []), 'Cost'),
      ),
      statPanel(
        {
          id: 5,
          title: 'Largest prompt, in range',
          description: `Tokens of the largest prompt that was sent. ${CHOOSE} ${NOTES} Empty when no model was called.`,
          unit: UNITS.tokens,
          noValue: 'No model was called',
        },
        eventsNow(`max (${promptPeak(['service_name'])})`, 'Tokens'),
      ),
    ],
  };
}

function lanes(): Band[] {
  return [
    {
      height: 5,
      panels: [
        statesPanel(
          {
            id: 6,
            title: 'State of the session, over time',
            description: `What the bridge knows of the session at each moment: running, waiting or ended, a band for each. Source: gauge of the bridge, for 24 hours after its last event. ${CHOOSE} Empty for older sessions. The variable Model does not apply.`,
            unit: UNITS.count,
            noValue: 'No session of the 24 hours before the end of the range',
          },
          { 1: { text: 'yes', color: WELL } },
          overTime(
            `max by (session_id, state) (${series('agent_session_info', BY_SESSION)})`,
            '{{session_id}} {{state}}',
          ),
        ),
      ],
    },
    {
      height: 9,
      panels: [
        historyPanel(
          {
            id: 7,
            title: 'Events per step, a lane for each kind',
            description: `When prompts, runs, model calls, decisions, compactions and errors happened: a row per kind of event, a cell per step of the graph with how many. ${CHOOSE} ${NOTES} Empty when it did nothing in the range.`,
            unit: UNITS.count,
            noValue: 'No event of this session in this range',
          },
          BUSY,
          eventsOverTime(eventCountOverTime(['event_name']), '{{event_name}}'),
        ),
        historyPanel(
          {
            id: 8,
            title: 'Tool calls per step, a lane for each tool',
            description: `When each tool ended how many calls. ${CHOOSE} ${NOTES} Empty when no tool was used.`,
            unit: UNITS.count,
            noValue: 'No tool was used in this range',
          },
          BUSY,
          eventsOverTime(eventCountOverTime([TOOL], ...TOOL_ENDED), `{{${TOOL}}}`),
        ),
      ],
    },
    {
      height: 8,
      panels: [
        linesPanel(
          {
            id: 9,
            title: 'Largest prompt per step',
            description: `Tokens of the largest prompt in each step of the graph: the context fills up, and falls at a compaction. ${CHOOSE} ${NOTES} Empty when no model was called.`,
            unit: UNITS.tokens,
            noValue: 'No model was called in this range',
          },
          eventsOverTime(promptPeakOverTime(['session_id']), '{{session_id}}'),
        ),
        eventBarsPanel(
          {
            id: 10,
            title: 'Cost per step, by model',
            description: `US dollars in each step of the graph. ${LIST_PRICE} ${CHOOSE} ${NOTES} Empty when no model was called.`,
            unit: UNITS.cost,
            noValue: 'No model was called in this range',
          },
          eventSumOverTime('cost_usd', ['gen_ai_request_model']),
          '{{gen_ai_request_model}}',
        ),
      ],
    },
  ];
}

function parts(): Band[] {
  const run = ['session_id', 'run_id', 'trace_id'];
  return [
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 11,
            title: 'Runs, in range',
            description: `Each run with how it did and its trace: click the trace to see it in Jaeger. ${CHOOSE} ${NOTES} Empty when no run did anything.`,
            noValue: 'No run in this range',
          },
          {
            store: 'loki',
            keys: { run_id: 'Run', trace_id: 'Trace', session_id: 'Session' },
            columns: [
              { title: 'First event', expr: eventTime('min', run, 'run_id!=""'), unit: UNITS.moment },
              { title: 'Tool calls', expr: eventCount(run, ...TOOL_ENDED, 'run_id!=""'), unit: UNITS.count },
              {
                title: 'Failed',
                expr: eventCount(run, ...TOOL_ENDED, NOT_WELL, 'run_id!=""'),
                unit: UNITS.count,
              },
              { title: 'Cost', expr: eventSum('cost_usd', run, 'run_id!=""'), unit: UNITS.cost },
            ],
            sortBy: 'First event',
          },
        ),
        subagentTree(),
      ],
    },
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 13,
            title: 'Permission decisions, in range',
            description: `What was let through or refused, and by whom. ${CHOOSE} ${NOTES} Empty for agents that tell no decisions.`,
            noValue: 'No permission was asked or given in this range',
          },
          {
            store: 'loki',
            keys: { [TOOL]: 'Tool', decision: 'Decision', decision_source: 'Source' },
            columns: [
              {
                title: 'Times',
                expr: eventCount([TOOL, 'decision', 'decision_source'], 'event_name="tool.decision"'),
                unit: UNITS.count,
              },
            ],
            sortBy: 'Times',
          },
        ),
        tablePanel(
          {
            id: 14,
            title: 'Longest tool calls, in range',
            description: `How often each tool was used and its longest call. ${CHOOSE} ${NOTES} Empty when no tool was used.`,
            noValue: 'No tool was used in this range',
          },
          {
            store: 'loki',
            keys: { [TOOL]: 'Tool' },
            columns: [
              {
                title: 'Longest',
                expr: eventMax('duration_ms', [TOOL], ...TOOL_ENDED),
                unit: UNITS.milliseconds,
              },
              { title: 'Calls', expr: eventCount([TOOL], ...TOOL_ENDED), unit: UNITS.count },
            ],
            sortBy: 'Longest',
          },
        ),
      ],
    },
  ];
}

/** Which agent of the session a model call is of, as the bridge says it in the records of places. */
const ITS_AGENT =
  'label_format subagent_id=`{{ if .subagent_id }}{{ .subagent_id }}{{ else if .subagent }}{{ .subagent }}{{ else if eq .query_source "subagent" }}sub-agent{{ else }}main{{ end }}`';

function subagentTree() {
  const agent = ['session_id', 'subagent_id'];
  const place = [...agent, 'subagent_path', 'subagent_tree', 'child_session_id'];
  const calls = ['event_name="api.request"', ITS_AGENT];
  return tablePanel(
    {
      id: 12,
      title: 'Sub-agent tree, in range',
      description: `The main agent and below each agent the sub-agents that it began, in the order in which they appeared; model calls and cost are an agent's own, without its sub-agents'. ${LIST_PRICE} ${CHOOSE} ${NOTES} A sub-agent stands at the top until somebody tells which one began it, and without a place where it began before the range. One with a session of its own has its figures there: click it. Empty when no model was called.`,
      noValue: 'No model was called in this range',
    },
    {
      store: 'loki',
      keys: {
        subagent_path: 'Place',
        subagent_tree: 'Agent',
        session_id: 'Session',
        subagent_id: 'Its run',
        child_session_id: 'Session of its own',
      },
      columns: [
        {
          title: 'Told',
          // Where it is told again, it came from another one than was thought.
          expr: `topk by (${agent.join(', ')}) (1, ${notableMax('subagent_version', place, 'event_name="subagent.place"')})`,
          unit: UNITS.count,
          isHidden: true,
        },
        { title: 'Model calls', expr: eventCount(agent, ...calls), unit: UNITS.count },
        { title: 'Cost', expr: eventSum('cost_usd', agent, ...calls), unit: UNITS.cost },
      ],
      sortBy: 'Place',
      isAscending: true,
    },
  );
}

function told(): Band {
  return {
    height: 14,
    panels: [
      recordsPanel(
        {
          id: 15,
          title: 'Newest 500 events, in range',
          description: `What the session did, one line an event; open a line for the link to its trace. The bridge's own page shows a whole session better: "monitor status" names its address. ${CHOOSE} ${NOTES} Empty when it did nothing in the range.`,
          noValue: 'No event of this session in this range',
        },
        events('session_id!=""'),
        500,
      ),
    ],
  };
}

/** What did this one session do, when, and at what cost? */
export function sessionTimeline(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-session-timeline',
    title: 'Session timeline',
    description: 'One session: its runs, tools, context and cost over time, its sub-agents, and every event.',
    sections: [
      { id: 101, title: 'How much', bands: [verdict()] },
      { id: 102, title: 'When', bands: lanes() },
      { id: 103, title: 'What of', bands: parts() },
      { id: 104, title: 'In words', bands: [told()] },
    ],
  });
}
