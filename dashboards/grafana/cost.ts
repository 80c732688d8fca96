import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { BUDGET_USED } from '../rules/budget-alerts.ts';
import { accountSum } from './account-totals.ts';
import { COMMITS, COST, LINES, TOKENS, tokensOfType } from './counters.ts';
import { type Band, dashboard } from './dashboard.ts';
import { linesPanel, rankingPanel, sharesPanel } from './graph-panels.ts';
import { BUDGET_LIMITS } from './limits.ts';
import { FROM_ACCOUNTS, LIST_PRICE, NOT_BY_SESSION, STEP_IN_PROGRESS } from './notes.ts';
import { barsPanel, statPanel } from './panels.ts';
import { eventsNow, overTime, valueNow } from './queries.ts';
import { BY_MODEL, ownedOrShared, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { total, totalOverTime, totalPerStep } from './totals.ts';
import { UNITS } from './units.ts';

const NO_CALL = 'No model was called in this range';
const SECONDS_A_DAY = 86_400;
const MODEL = 'gen_ai_request_model';
/** What was sent: the types that make the prompt. */
const PROMPT_TYPES = ['input', 'cache_read', 'cache_creation'];

/** Share of the prompt that came from a cache. @param of `total` or `totalPerStep`'s sum */
function cacheReadShare(of: (selector: string) => string): string {
  const prompt = PROMPT_TYPES.map((type) => `(${of(tokensOfType(type))} or vector(0))`).join(' + ');
  return `${of(tokensOfType('cache_read'))} / ((${prompt}) > 0)`;
}

function spend(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Cost, in range',
          description: `US dollars spent on model calls in the range. ${LIST_PRICE} Source: counter. Empty when no model was called. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'None',
        },
        valueNow(total(COST), 'Cost'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Cost of the last hour',
          description: `Burn rate: US dollars of the hour before the end of the range, whatever range is selected. ${LIST_PRICE} Source: counter. Empty when no model was called in it. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'None',
        },
        valueNow(total(COST), 'Cost'),
      ).timeFrom('1h'),
      statPanel(
        {
          id: 3,
          title: 'Cost, this month so far',
          description: `US dollars since the first of the month, as far back as metrics are kept. ${LIST_PRICE} Source: counter. Empty when no model was called this month. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'None this month',
        },
        valueNow(total(COST), 'Cost'),
      ).timeFrom('now/M'),
      statPanel(
        {
          id: 4,
          title: 'Cost, this month if it goes on like this',
          description: `Cost of this month so far, scaled to the length of the month: a forecast, rough in its first days. ${LIST_PRICE} Source: counter. Empty when no model was called this month. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'None this month',
        },
        valueNow(`${total(COST)} / $__range_s * ${SECONDS_A_DAY} * scalar(days_in_month())`, 'Forecast'),
      ).timeFrom('now/M'),
      statPanel(
        {
          id: 5,
          title: 'Tokens from a cache, share of the prompt, in range',
          description: `Share of all tokens that were sent (input, cache read, cache creation) that came from a cache at a lower price. Source: counter. Empty when no cache was read. ${NOT_BY_SESSION}`,
          unit: UNITS.share,
          noValue: 'No cache was read',
        },
        valueNow(cacheReadShare(total), 'Share'),
      )
        .min(0)
        .max(1),
      statPanel(
        {
          id: 6,
          title: 'Cost per commit, in range',
          description: `Cost of the range divided by its commits; the variable Model applies to the cost alone. ${LIST_PRICE} Source: counters. Empty while nothing was committed: that is no infinite price. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'No commit yet',
        },
        valueNow(`${total(COST)} / (${total(COMMITS)} > 0)`, 'Cost'),
      ),
      statPanel(
        {
          id: 7,
          title: 'Cost per 100 lines changed, in range',
          description: `Cost of the range divided by lines added and removed; the variable Model applies to the cost alone. ${LIST_PRICE} Source: counters. Empty while no line was changed. ${NOT_BY_SESSION}`,
          unit: UNITS.cost,
          noValue: 'No line changed yet',
        },
        valueNow(`100 * ${total(COST)} / (${total(LINES)} > 0)`, 'Cost'),
      ),
      statPanel(
        {
          id: 8,
          title: 'Model calls without a price, in range',
          description: `Calls that used tokens and of which no price is known: they are missing in every sum of cost. "prices:" in settings gives a model its price. ${FROM_ACCOUNTS} Empty is good news. The variable Model does not apply.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        eventsNow(accountSum('unpriced_calls', []), 'Failed'),
      ),
    ],
  };
}

function overTimeBands(): Band[] {
  return [
    {
      height: 8,
      panels: [
        barsPanel(
          {
            id: 9,
            title: 'Cost per step, by model',
            description: `US dollars in each step of the graph; the bars add up to the total. ${LIST_PRICE} Source: counter. ${STEP_IN_PROGRESS} Empty when no model was called. ${NOT_BY_SESSION}`,
            unit: UNITS.cost,
            noValue: NO_CALL,
          },
          totalOverTime(COST, MODEL),
          `{{${MODEL}}}`,
        ),
        barsPanel(
          {
            id: 10,
            title: 'Tokens per step, by type',
            description: `Tokens in each step of the graph; the types are disjoint. Source: counter. ${STEP_IN_PROGRESS} Empty when no model was called. ${NOT_BY_SESSION}`,
            unit: UNITS.tokens,
            noValue: NO_CALL,
          },
          totalOverTime(TOKENS, 'gen_ai_token_type'),
          '{{gen_ai_token_type}}',
        ),
      ],
    },
    {
      height: 7,
      panels: [
        linesPanel(
          {
            id: 11,
            title: 'Tokens from a cache, share of the prompt, per step',
            description: `Share of what was sent in each step of the graph that came from a cache; a fall means that prompts change at their beginning. Source: counter. Empty in steps without a cache read. ${NOT_BY_SESSION}`,
            unit: UNITS.share,
            noValue: 'No cache was read in this range',
          },
          overTime(
            cacheReadShare((selector) => `sum (${totalPerStep(selector)})`),
            'share',
          ),
        ).max(1),
        sharesPanel(
          {
            id: 21,
            title: 'Budgets, share used, now',
            description:
              'Share of each budget that is used: of the last 24 hours, 7 or 30 days before the end of the range. Those of all projects are shown with any. Source: a rule that Prometheus evaluates. The variables Host, Model and Session do not apply. Empty without "budgets:" in the settings, and for budgets per task, which guardrails watch.',
            unit: UNITS.share,
            noValue: 'No budget per day, week or month is set: "budgets:" in the settings',
          },
          BUDGET_LIMITS,
          valueNow(`sort_desc (max by (budget) (${ownedOrShared(BUDGET_USED)}))`, '{{budget}}'),
        ),
      ],
    },
  ];
}

/** Rankings of cost: label -> what it is called. */
const DIMENSIONS: readonly { id: number; label: string; what: string; empty: string }[] = [
  { id: 12, label: 'project', what: 'project', empty: NO_CALL },
  { id: 13, label: 'agent', what: 'agent', empty: NO_CALL },
  {
    id: 14,
    label: 'agent_query_source',
    what: 'query source',
    empty: 'No agent tells what its calls were for',
  },
  { id: 15, label: 'agent_subagent', what: 'sub-agent', empty: 'No sub-agent called a model' },
  { id: 16, label: 'agent_skill', what: 'skill', empty: 'No skill called a model' },
  { id: 17, label: 'agent_mcp_server', what: 'MCP server', empty: 'No call was for an MCP server' },
  { id: 18, label: 'agent_effort', what: 'effort', empty: 'No agent tells the effort of its calls' },
];
const RANKED = 10;

function ranking({ id, label, what, empty }: (typeof DIMENSIONS)[number]) {
  return rankingPanel(
    {
      id,
      title: `Cost by ${what}, top ${RANKED}, in range`,
      description: `US dollars of the range, dearest first; calls of which no ${what} is told are not shown. ${LIST_PRICE} Source: counter. Empty where agents do not tell it. ${NOT_BY_SESSION}`,
      unit: UNITS.cost,
      noValue: empty,
    },
    valueNow(
      `sort_desc (topk (${RANKED}, ${total(series('agent_cost_usage_USD_total', BY_MODEL, `${label}!=""`), label)} > 0))`,
      `{{${label}}}`,
    ),
  );
}

function dimensions(): Band[] {
  return [
    { height: 8, panels: DIMENSIONS.slice(0, 3).map(ranking) },
    { height: 8, panels: DIMENSIONS.slice(3).map(ranking) },
  ];
}

function tables(): Band {
  const tokens = (type: string): string => `${total(tokensOfType(type), MODEL)} > 0`;
  return {
    height: 9,
    panels: [
      tablePanel(
        {
          id: 19,
          title: 'Models, in range',
          description: `Tokens by type and cost of each model, dearest first. ${LIST_PRICE} Source: counters. Empty when no model was called. ${NOT_BY_SESSION}`,
          noValue: NO_CALL,
        },
        {
          keys: { [MODEL]: 'Model' },
          columns: [
            { title: 'Cost', expr: `${total(COST, MODEL)} > 0`, unit: UNITS.cost },
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
          id: 20,
          title: 'Models without a price, in range',
          description: `Calls and tokens of models that no price is known of. ${FROM_ACCOUNTS} Empty is good news. The variable Model does not apply.`,
          noValue: 'Every call has a price',
        },
        {
          store: 'loki',
          keys: { gen_ai_request_model: 'Model' },
          columns: [
            { title: 'Calls', expr: accountSum('unpriced_calls', [MODEL]), unit: UNITS.count },
            {
              title: 'Output tokens',
              expr: accountSum('unpriced_output_tokens', [MODEL]),
              unit: UNITS.tokens,
            },
          ],
          sortBy: 'Calls',
        },
      ),
    ],
  };
}

/** What is spent, on what, and is it worth it? */
export function cost(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-cost',
    title: 'Cost and tokens',
    description:
      'What is spent on which models, by whom and for what; how much comes from caches; where it leads.',
    sections: [
      { id: 101, title: 'How much', bands: [spend()] },
      { id: 102, title: 'When', bands: overTimeBands() },
      { id: 103, title: 'On what', bands: dimensions() },
      { id: 104, title: 'Which models', bands: [tables()] },
    ],
  });
}
