import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { accountMax, accountMaxOverTime } from './account-totals.ts';
import { COMPACTIONS } from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { notableCount, notableMax, notableSum } from './event-totals.ts';
import { heatmapPanel, historyPanel, linesPanel, rankingPanel, sharesPanel } from './graph-panels.ts';
import { CONTEXT_LIMITS, PROMPT_LIMITS } from './limits.ts';
import { FROM_ACCOUNTS, FROM_EVENTS, NOT_BY_MODEL, NOT_BY_SESSION, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, statPanel } from './panels.ts';
import { eventsNow, eventsOverTime, overTime, valueNow } from './queries.ts';
import { BY_MODEL, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { percentile, total, totalOverTime, totalPerStep } from './totals.ts';
import { UNITS } from './units.ts';

const USE_BUCKETS = series('agent_context_utilization_bucket', BY_MODEL);
const CURRENT = series('agent_context_utilization_current_ratio');
const NO_WINDOW = 'No call of a model whose window is known';
/** A compaction that tells how much it shortened. */
const COMPACTED = ['event_name=~"span.end|compaction"', 'pre_tokens!=""'];
const TOP = 20;

function verdict(): Band[] {
  return [
    {
      height: 7,
      panels: [
        sharesPanel(
          {
            id: 1,
            title: 'Fullest context by agent, now',
            description: `Share of the window that the last model call of an agent's fullest active session filled. Source: gauge of the bridge. Empty when no session is active, or no window is known. ${NOT_BY_MODEL}`,
            unit: UNITS.share,
            noValue: 'No active session with a known window',
          },
          CONTEXT_LIMITS,
          valueNow(`sort_desc (max by (project, agent) (${CURRENT}))`, '{{project}} / {{agent}}'),
        ),
        statPanel(
          {
            id: 2,
            title: 'Context that half, and 95 of 100 model calls filled at most, in range',
            description: `Estimates within the bounds of the histogram's buckets. Source: histogram. Empty where no window is known. ${NOT_BY_SESSION}`,
            unit: UNITS.share,
            noValue: NO_WINDOW,
          },
          valueNow(`${percentile(0.5, USE_BUCKETS)} >= 0`, 'Half'),
          valueNow(`${percentile(0.95, USE_BUCKETS)} >= 0`, '95 of 100'),
        )
          .min(0)
          .max(1),
        statPanel(
          {
            id: 3,
            title: 'Largest prompt, in range',
            description: `Tokens of the largest prompt that was sent: input and both cache types. ${FROM_ACCOUNTS} Empty when no model was called. The variable Model does not apply.`,
            unit: UNITS.tokens,
            noValue: 'No model was called',
          },
          eventsNow(`max (${accountMax('prompt_tokens', ['project', 'agent'])})`, 'Tokens'),
        ),
        statPanel(
          {
            id: 4,
            title: 'Compactions, in range',
            description: `Times that a conversation was shortened to fit. Source: counter. Empty when none was. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'None',
          },
          valueNow(total(COMPACTIONS), 'Compactions'),
        ),
      ],
    },
  ];
}

function overTimeBands(): Band[] {
  return [
    {
      height: 9,
      panels: [
        heatmapPanel(
          {
            id: 5,
            title: 'Model calls by the share of the window they filled, per step',
            description: `How many calls of each step of the graph filled how much of the context window. Source: histogram. Empty where no window is known. ${NOT_BY_SESSION}`,
            unit: UNITS.count,
            noValue: NO_WINDOW,
          },
          `sum by (le) (${totalPerStep(USE_BUCKETS)})`,
          UNITS.share,
        ),
        linesPanel(
          {
            id: 6,
            title: 'Fullest context of each agent, over time',
            description: `Share of the window that an agent's fullest active session fills. Source: gauge of the bridge. Empty when no session is active. ${NOT_BY_MODEL}`,
            unit: UNITS.share,
            noValue: 'No active session with a known window in this range',
          },
          overTime(`max by (project, agent) (${CURRENT})`, '{{project}} / {{agent}}'),
        ).max(1),
      ],
    },
    {
      height: 10,
      panels: [
        historyPanel(
          {
            id: 7,
            title: 'Largest prompt of each session, per step',
            description: `A row per session, a cell per step of the graph with tokens of its largest prompt: it fills up, and falls at a compaction. ${FROM_ACCOUNTS} Choose project, agent or session where there are many. Empty when no model was called. The variable Model does not apply.`,
            unit: UNITS.tokens,
            noValue: 'No model was called in this range',
          },
          PROMPT_LIMITS,
          eventsOverTime(accountMaxOverTime('prompt_tokens', ['session_id']), '{{session_id}}'),
        ),
      ],
    },
    {
      height: 8,
      panels: [
        barsPanel(
          {
            id: 8,
            title: 'Compactions per step, by what asked for them',
            description: `Times that a conversation was shortened, by itself or by a person. Source: counter. ${STEP_IN_PROGRESS} Empty when none was. ${NOT_BY_MODEL}`,
            unit: UNITS.count,
            noValue: 'No compaction in this range',
          },
          totalOverTime(COMPACTIONS, 'trigger'),
          '{{trigger}}',
        ),
        tablePanel(
          {
            id: 9,
            title: 'Compactions of sessions, in range',
            description: `How often each session was shortened, and its largest size before and after, tokens. ${FROM_EVENTS} Empty when none was, or agents do not tell the size. The variable Model does not apply.`,
            noValue: 'No compaction in this range',
          },
          {
            store: 'loki',
            keys: { session_id: 'Session', project: 'Project', agent: 'Agent' },
            columns: [
              { title: 'Times', expr: notableCount(SESSION, ...COMPACTED), unit: UNITS.count },
              { title: 'Before', expr: notableMax('pre_tokens', SESSION, ...COMPACTED), unit: UNITS.tokens },
              { title: 'After', expr: notableMax('post_tokens', SESSION, ...COMPACTED), unit: UNITS.tokens },
            ],
            sortBy: 'Times',
          },
        ),
      ],
    },
  ];
}

const SESSION = ['session_id', 'project', 'agent'];

function attribution(): Band {
  const told = 'event_name="token.attribution"';
  const top = (field: string): string =>
    `topk (${TOP}, ${notableSum(field, ['project', 'file_path'], told, 'file_path!=""')})`;
  return {
    height: 10,
    panels: [
      rankingPanel(
        {
          id: 10,
          title: `Prompt tokens by file, top ${TOP}, in range`,
          description: `Which files fill the prompts: each call's tokens, divided among the files whose content it carried. ${FROM_EVENTS} Empty unless privacy.file_paths allows paths. The variable Model does not apply.`,
          unit: UNITS.tokens,
          noValue: 'No file is told: "privacy.file_paths" allows it',
        },
        eventsNow(top('input_tokens'), '{{file_path}}'),
      ),
      tablePanel(
        {
          id: 11,
          title: `Tokens by file, top ${TOP}, in range`,
          description: `What each file cost to read and to write, tokens. ${FROM_EVENTS} Empty unless privacy.file_paths allows paths. The variable Model does not apply.`,
          noValue: 'No file is told: "privacy.file_paths" allows it',
        },
        {
          store: 'loki',
          keys: { project: 'Project', file_path: 'File' },
          columns: [
            { title: 'In prompts', expr: top('input_tokens'), unit: UNITS.tokens },
            { title: 'Written', expr: top('output_tokens'), unit: UNITS.tokens },
          ],
          sortBy: 'In prompts',
        },
      ),
    ],
  };
}

/** How full are contexts, what fills them, and when are they shortened? */
export function context(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-context',
    title: 'Context',
    description:
      'How full the context windows of sessions are, what fills them, and when they are compacted.',
    sections: [
      { id: 101, title: 'How full', bands: verdict() },
      { id: 102, title: 'When', bands: overTimeBands() },
      { id: 103, title: 'With what', bands: [attribution()] },
    ],
  });
}
