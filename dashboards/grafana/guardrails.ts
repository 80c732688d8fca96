import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { REJECTIONS, VIOLATIONS } from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { notableCount } from './event-totals.ts';
import { FROM_EVENTS, NOT_BY_MODEL, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, recordsPanel, statPanel } from './panels.ts';
import { eventsNow, valueNow } from './queries.ts';
import { notable } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { total, totalOverTime } from './totals.ts';
import { UNITS } from './units.ts';

const TOOL = 'gen_ai_tool_name';
const VIOLATED = 'event_name="guardrail.violation"';
const REJECTED = ['event_name="tool.decision"', 'decision="reject"'];
const NO_VIOLATION = 'No guardrail was broken in this range';
const NOTES = `${FROM_EVENTS} The variable Model does not apply.`;
/** Modes in which agents ask nobody, by the names that they give them. */
const UNASKED = 'to_mode=~"(?i).*(bypass|yolo|full.?access|dangerous|never|dontask).*"';

function verdict(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Guardrails broken, in range',
          description: `Times that a rule of "guardrails:" was broken, whatever was done about it. Source: counter. Empty is good news, or no rule is set. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(VIOLATIONS), 'Failed'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Calls that a guardrail refused, in range',
          description: `Violations whose call was kept from running. ${NOTES} Empty is good news, or rules only observe.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(notableCount([], VIOLATED, 'action="deny"'), 'Failed'),
      ),
      statPanel(
        {
          id: 3,
          title: 'Tool calls rejected, in range',
          description: `Calls that a person, a rule or a hook refused. Source: counter. Empty when everything was let through. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(total(REJECTIONS), 'Rejected'),
      ),
      statPanel(
        {
          id: 4,
          title: 'Changes to a mode that asks nobody, in range',
          description: `Times that an agent went over to bypassing permissions, full access or the like. ${NOTES} Empty when none did.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(notableCount([], 'event_name="mode.change"', UNASKED), 'Failed'),
      ),
      statPanel(
        {
          id: 5,
          title: 'Refusals of models, in range',
          description: `Times that a model declined to answer. ${NOTES} Empty when none did.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(notableCount([], 'event_name="refusal"'), 'Refusals'),
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
          id: 6,
          title: 'Guardrails broken per step, by rule',
          description: `Which rule was broken when. Source: counter. ${STEP_IN_PROGRESS} Empty is good news. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: NO_VIOLATION,
        },
        totalOverTime(VIOLATIONS, 'agent_guardrail_rule'),
        '{{agent_guardrail_rule}}',
      ),
      barsPanel(
        {
          id: 7,
          title: 'Tool calls rejected per step, by source',
          description: `Who refused calls when. Source: counter. ${STEP_IN_PROGRESS} Empty when everything was let through. ${NOT_BY_MODEL}`,
          unit: UNITS.count,
          noValue: 'Nothing was rejected in this range',
        },
        totalOverTime(REJECTIONS, 'agent_decision_source'),
        '{{agent_decision_source}}',
      ),
    ],
  };
}

function who(): Band[] {
  const broken = ['session_id', 'project', 'agent', 'rule', 'action', TOOL];
  const rejected = ['session_id', 'project', 'agent', TOOL, 'decision_source'];
  return [
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 8,
            title: 'Guardrails broken, by session, in range',
            description: `Who broke which rule with which tool, and what was done about it. ${NOTES} Empty is good news.`,
            noValue: NO_VIOLATION,
          },
          {
            store: 'loki',
            keys: {
              session_id: 'Session',
              project: 'Project',
              agent: 'Agent',
              rule: 'Rule',
              action: 'Action',
              [TOOL]: 'Tool',
            },
            columns: [{ title: 'Times', expr: notableCount(broken, VIOLATED), unit: UNITS.count }],
            sortBy: 'Times',
          },
        ),
        tablePanel(
          {
            id: 9,
            title: 'Tool calls rejected, by session, in range',
            description: `Whose calls were refused, and by whom. ${NOTES} Empty when everything was let through.`,
            noValue: 'Nothing was rejected in this range',
          },
          {
            store: 'loki',
            keys: {
              session_id: 'Session',
              project: 'Project',
              agent: 'Agent',
              [TOOL]: 'Tool',
              decision_source: 'Source',
            },
            columns: [{ title: 'Times', expr: notableCount(rejected, ...REJECTED), unit: UNITS.count }],
            sortBy: 'Times',
          },
        ),
      ],
    },
    {
      height: 12,
      panels: [
        recordsPanel(
          {
            id: 10,
            title: 'Newest 100 violations, mode changes and refusals, in range',
            description: `Each with its reason, as far as privacy settings allow. ${NOTES} Empty is good news.`,
            noValue: 'Nothing of this kind in this range',
          },
          `${notable('event_name=~"guardrail.violation|mode.change|refusal"')} | line_format "{{.project}} / {{.agent}}: {{__line__}} {{.rule}} {{.action}} {{.reason}} {{.to_mode}}"`,
          100,
        ),
      ],
    },
  ];
}

/** What did agents do that they should not, and who kept them from it? */
export function guardrails(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-guardrails',
    title: 'Guardrails and security',
    description: 'Rules that were broken, calls that were refused, and modes in which nobody is asked.',
    sections: [
      { id: 101, title: 'Is anything wrong', bands: [verdict()] },
      { id: 102, title: 'When', bands: [overTime()] },
      { id: 103, title: 'Who, and what', bands: who() },
    ],
  });
}
