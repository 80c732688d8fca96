import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENTS, makeWorkload, QUIET_MS, SLOT_MS, type Workload } from '../helpers/agent-workload.ts';
import {
  dashboards,
  fillIn,
  type PanelQuery,
  panelQueries,
  variableQueries,
} from '../helpers/dashboard-queries.ts';
import { ANSWERED, type Answer, labelKey, type Question, rightAnswer } from '../helpers/dashboard-truth.ts';
import { missingEngines, type RunningEngine, startLoki, startPrometheus } from '../helpers/engines.ts';
import { askLabelValues, askNow, askRecords, askSteps, type QueryTarget } from '../helpers/query-engines.ts';
import { parsePromql } from '../helpers/query-syntax.ts';
import { type BridgeOutput, liveThrough, post } from '../helpers/virtual-bridge.ts';

/** Two and a half hours, ending now. */
const SLOTS = 30;
const START_MS = Math.floor(Date.now() / SLOT_MS) * SLOT_MS - SLOTS * SLOT_MS;
/** Nothing is exported in these slots: another process goes on after the first, the same one after the second. */
const STOPPED = [9, 12] as const;
const ASLEEP = [17, 20] as const;
const NEW_TOOL_FROM = 22;
const WORK = [...Array(SLOTS - 1).keys()].filter(
  (slot) => slot >= 2 && !within(slot, STOPPED) && !within(slot, ASLEEP),
);

/** Quiet moments of slots, as ranges: where they start and end. */
const RANGES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  'from before the first event to the end': [0, 29],
  'from long before the store remembers': [-12_000, 29],
  'after everything broke and went on': [24, 29],
  'five minutes in the middle': [5, 6],
  'before the first event only': [-5, 0],
  'from before the bridge stopped to when it was away': [4, 11],
  'from when the bridge was away to the end': [11, 29],
  'while the bridge was away': [10, 11],
  'from before the bridge stopped to after it started': [7, 15],
  'from before the bridge slept to when it slept': [15, 19],
  'from when the bridge slept to the end': [19, 29],
  'from when it was away to when it slept': [10, 19],
};
const SELECTIONS: Readonly<Record<string, Question['selected']>> = {
  All: {},
  'one project': { project: ['acme/shop.web'] },
  'one agent of one project': { project: ['acme/shop.web'], agent: ['ci (nightly)'] },
  'both projects by name, one host, one model': {
    project: ['acme/shop.web', 'acme/shopXweb'],
    host: ['laptop'],
    model: ['claude-opus-5-5'],
  },
  'a project that is not there': { project: ['acme/shop'] },
};
/** Both without features that change PromQL; the second is how the stack may run Prometheus as well. */
const FEATURES = [{ features: [] }, { features: ['created-timestamp-zero-ingestion'] }] as const;

/** Queries about what the agents of this work never do, or what nobody told of them. */
const NOT_DONE =
  /agent_(permission|lines|commit|pull_request|file_operation|compaction|context|guardrail|active_time|session_info|monitor)|libvirt|container_|service_name=~|system_|openclaw_|bridge_|\bup\b|prometheus_|loki_|process_|tool\.decision|mode\.change|guardrail\.violation|refusal|egress\.request|token\.attribution|subagent|agent_skill|agent_mcp|agent_effort|agent_query_source|parent_session|lines_|pre_tokens/;
/** Executed, and not compared: estimates, peaks per step, what is by trace, and what has no price. */
const ASKED_ALONE = [
  'session-timeline.json 1A',
  'session-timeline.json 7A',
  'session-timeline.json 9A',
  'session-timeline.json 11A',
  'session-timeline.json 11B',
  'session-timeline.json 11C',
  'session-timeline.json 11D',
  'session-timeline.json 14A',
  'cost.json 8A',
  'cost.json 11A',
  'cost.json 20A',
  'cost.json 20B',
  'coding.json 12A',
  'coding.json 13A',
  'coding.json 13B',
  'coding.json 14D',
  'coding.json 14E',
  'context.json 7A',
  'stack-health.json 7A',
];
/** Metrics that work of this kind has. */
const PRODUCED =
  /^agent_(session_count|run|cost|token|api_request_count|tool_call|session_active|session_info|last_event)/;
const missing = missingEngines('prometheus', 'loki');
const queries = panelQueries();
/** Whose answers are worked out from what happened. */
const isKnown = (query: PanelQuery): boolean => ANSWERED.has(nameOf(query));

function within(slot: number, [first, last]: readonly [number, number]): boolean {
  return slot >= first && slot <= last;
}

function quietMs(slot: number): number {
  return START_MS + slot * SLOT_MS + QUIET_MS;
}

function absence([first, last]: readonly [number, number], how: 'stopped' | 'asleep') {
  return { fromMs: START_MS + first * SLOT_MS, toMs: START_MS + last * SLOT_MS + 240_000, how };
}

function nameOf({ where, panel, refId }: PanelQuery): string {
  return `${where.split(' ', 1)[0]} ${panel.id}${refId}`;
}

/** What is wrong with an answer, as lines; empty where nothing is. */
function differences(where: string, right: Answer, answer: ReadonlyMap<string, number>): string[] {
  const keys = new Set([...right.keys(), ...answer.keys()]);
  return [...keys].flatMap((key) => {
    const wanted = right.get(key) ?? 0;
    const found = answer.get(key) ?? 0;
    // Sums of dollars as floating point: a billionth part.
    if (Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) return [];
    return [`${where} {${key}}: ${found}, expected ${wanted}`];
  });
}

describe.skipIf(missing !== null)(
  `the dashboards on the real engines${missing === null ? '' : ` (${missing})`}`,
  () => {
    let loki: RunningEngine;
    let workload: Workload;
    let output: BridgeOutput;
    const lokiTarget = (): QueryTarget => ({ api: `${loki.url}/loki/api/v1` });

    beforeAll(async () => {
      loki = await startLoki();
      workload = makeWorkload({ startMs: START_MS, slots: WORK, newToolFrom: NEW_TOOL_FROM });
      output = liveThrough({
        events: workload.events,
        startMs: START_MS,
        endMs: START_MS + SLOTS * SLOT_MS,
        absences: [absence(STOPPED, 'stopped'), absence(ASLEEP, 'asleep')],
      });
    });
    afterAll(() => loki?.[Symbol.asyncDispose]());

    describe.each(FEATURES)('on Prometheus with features $features', ({ features }) => {
      let prometheus: RunningEngine;
      const target = (store: PanelQuery['store']): QueryTarget =>
        store === 'loki' ? lokiTarget() : { api: `${prometheus.url}/api/v1` };

      /** Asks a query; the sums of its steps where it is asked in steps. */
      const ask = (query: PanelQuery, { fromMs, toMs, selected }: Question, stepMs: number) => {
        const expr = fillIn(query.store, query.expr, { rangeMs: toMs - fromMs, stepMs, selected });
        if (query.kind === 'now') return askNow(target(query.store), expr, toMs);
        // The value of a step stands at its end.
        return askSteps(target(query.store), expr, { fromMs: fromMs + stepMs, toMs, stepMs });
      };

      /** Loki is the same with both: it is asked once. */
      const isAsked = ({ store }: PanelQuery): boolean => store === 'prometheus' || features.length === 0;

      beforeAll(async () => {
        prometheus = await startPrometheus({ features });
      });
      afterAll(() => prometheus?.[Symbol.asyncDispose]());

      describe('with nothing in the stores', () => {
        it('answer every query, with nothing or 0', async () => {
          const question = { fromMs: quietMs(0), toMs: quietMs(29), selected: {} };
          for (const query of queries) {
            if (!isAsked(query)) continue;
            if (query.kind === 'records') {
              const expr = fillIn('loki', query.expr, { rangeMs: 0, stepMs: 0 });
              expect(await askRecords(lokiTarget(), expr, { ...question, limit: 100 })).toEqual([]);
            } else {
              const found = [...(await ask(query, question, SLOT_MS))].filter(([, value]) => value !== 0);
              expect([query.where, ...found]).toEqual([query.where]);
            }
          }
        });

        it('offer no values for variables, and do not fail', async () => {
          for (const { selector, label } of [...dashboards().values()].flatMap(variableQueries)) {
            const match = fillIn('prometheus', selector, { rangeMs: 0, stepMs: 0 });
            const range = { fromMs: quietMs(0), toMs: quietMs(29) };
            expect(await askLabelValues(target('prometheus'), label, match, range)).toEqual([]);
          }
        });
      });

      describe('with the work of four agents', () => {
        beforeAll(async () => {
          await post(`${prometheus.url}/api/v1/otlp/v1/metrics`, output.metrics);
          // Kept once, however often it comes: Loki takes an equal record for the same.
          await post(`${loki.url}/otlp/v1/logs`, output.logs);
        });

        it.each(Object.entries(SELECTIONS))(
          'answer every query, whoever is selected: %s',
          async (_, selected) => {
            const range = { fromMs: quietMs(0), toMs: quietMs(29) };
            for (const query of queries) {
              const chosen = { ...selected, session: ['session-0-1'] };
              if (query.kind === 'records') {
                const expr = fillIn('loki', query.expr, { rangeMs: 0, stepMs: 0, selected: chosen });
                await askRecords(lokiTarget(), expr, { ...range, limit: 10 });
              } else await ask(query, { ...range, selected: chosen }, SLOT_MS);
            }
          },
        );

        it('name what Prometheus and Loki say of themselves', async () => {
          const own = await Promise.all(
            [prometheus, loki].map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
          );
          const told = new Set(own.join('\n').match(/^(?:prometheus|loki|process)_\w+/gm));
          const named = queries
            .filter(({ store }) => store === 'prometheus')
            .flatMap(({ expr }) => expr.match(/\b(?:prometheus|loki|process)_\w+/g) ?? [])
            // It is told from the first line on that Loki discards.
            .filter((name) => name !== 'loki_discarded_samples_total');
          expect(named).not.toEqual([]);
          expect([...told]).toEqual(expect.arrayContaining(named));
        });

        it('find every metric that they name', async () => {
          const range = { fromMs: quietMs(0), toMs: quietMs(29) };
          const names = await askLabelValues(target('prometheus'), '__name__', '{__name__!=""}', range);
          const used = queries
            .filter(({ store }) => store === 'prometheus')
            .flatMap(
              ({ expr }) =>
                parsePromql(fillIn('prometheus', expr, { rangeMs: 1000, stepMs: 1000 })).selections,
            )
            .filter(({ metric }) => PRODUCED.test(metric));
          expect(names).toEqual(
            expect.arrayContaining(['agent_session_info', ...used.map(({ metric }) => metric)]),
          );
        });

        describe.each(Object.entries(RANGES))('%s', (_, [from, to]) => {
          it.each(Object.entries(SELECTIONS))('show what is true of %s', async (_, selected) => {
            const question: Question = { fromMs: quietMs(from), toMs: quietMs(to), selected };
            const wrong: string[] = [];
            for (const query of queries.filter(
              (query) => query.kind === 'now' && isKnown(query) && isAsked(query),
            )) {
              const right = rightAnswer(nameOf(query), question, { workload, ...output });
              if (right !== undefined)
                wrong.push(...differences(query.where, right, await ask(query, question, SLOT_MS)));
            }
            expect(wrong).toEqual([]);
          });
        });

        it.each([60_000, SLOT_MS, 25 * 60_000])(
          'have bars of %i ms that add up to the truth',
          async (stepMs) => {
            const wrong: string[] = [];
            for (const [from, to] of [
              [0, 25],
              [-5, 25],
              [6, 26],
              [11, 26],
            ] as const) {
              for (const selected of Object.values(SELECTIONS)) {
                for (const query of queries.filter(
                  (query) => query.kind === 'over time' && isKnown(query) && isAsked(query),
                )) {
                  // Loki moves steps to multiples of themselves; events are exact at any moment.
                  const aligned = (atMs: number) => (query.store === 'loki' ? atMs - (atMs % stepMs) : atMs);
                  const question = { fromMs: aligned(quietMs(from)), toMs: aligned(quietMs(to)), selected };
                  const right = rightAnswer(nameOf(query), question, {
                    workload,
                    ...output,
                  });
                  if (right !== undefined)
                    wrong.push(...differences(query.where, right, await ask(query, question, stepMs)));
                }
              }
            }
            expect(wrong).toEqual([]);
          },
        );

        it('offer what is there for each variable, and what is left of it once others are chosen', async () => {
          const range = { fromMs: quietMs(0), toMs: quietMs(29) };
          const offered = async (selected: Question['selected']): Promise<Record<string, string[]>> => {
            const values: Record<string, string[]> = {};
            for (const { name, selector, label } of [...dashboards().values()].flatMap(variableQueries)) {
              const match = fillIn('prometheus', selector, { rangeMs: 0, stepMs: 0, selected });
              values[name] = await askLabelValues(target('prometheus'), label, match, range);
            }
            return values;
          };
          const models = ['claude-haiku-4-5', 'claude-opus-5-5'];
          expect(await offered({})).toEqual({
            project: ['acme/shop.web', 'acme/shopXweb'],
            agent: ['ci (nightly)', 'dev'],
            host: ['build-1', 'laptop'],
            model: models,
            session: expect.arrayContaining(['session-0-1', 'session-3-1']),
          });
          expect(await offered({ project: ['acme/shop.web'], agent: ['dev'] })).toEqual({
            project: ['acme/shop.web', 'acme/shopXweb'],
            agent: ['ci (nightly)', 'dev'],
            host: ['laptop'],
            model: models,
            session: expect.arrayContaining(['session-0-1']),
          });
        });

        it('list the newest events, newest first, each with project and agent', async () => {
          for (const query of queries.filter(
            ({ kind, where }) => kind === 'records' && where.startsWith('overview'),
          )) {
            for (const selected of Object.values(SELECTIONS)) {
              const fromMs = quietMs(0);
              const toMs = quietMs(29);
              const expr = fillIn('loki', query.expr, { rangeMs: toMs - fromMs, stepMs: SLOT_MS, selected });
              const found = await askRecords(lokiTarget(), expr, { fromMs, toMs, limit: 100 });
              const chosen = ({ project, agent, host }: (typeof AGENTS)[number]): boolean =>
                (selected.project?.includes(project) ?? true) &&
                (selected.agent?.includes(agent) ?? true) &&
                (selected.host?.includes(host) ?? true);
              const newest = workload.events
                .filter(({ owner }) => chosen(owner))
                .slice(-100)
                .toReversed();
              expect(found.map(({ timeNs }) => Number(timeNs / 1_000_000n))).toEqual(
                newest.map(({ tsMs }) => tsMs),
              );
              expect(found.map(({ line }) => line.replace(/(: \S+).*/s, '$1'))).toEqual(
                newest.map(({ owner, type }) => `${owner.project} / ${owner.agent}: ${type}`),
              );
            }
          }
        });
      });
    });

    it('are compared with the truth wherever those agents did what is asked for', () => {
      const unknown = queries.filter((query) => query.kind !== 'records' && !isKnown(query));
      expect(unknown.filter(({ expr }) => !NOT_DONE.test(expr)).map(nameOf)).toEqual(ASKED_ALONE);
    });

    it('are tested with work that has every kind of value', () => {
      const everything = { fromMs: quietMs(-5), toMs: quietMs(29), selected: {} };
      for (const query of queries.filter((query) => query.kind !== 'records' && isKnown(query))) {
        const right = rightAnswer(nameOf(query), everything, { workload, ...output });
        expect([query.where, right?.size ?? 0]).not.toEqual([query.where, 0]);
      }
      const owners = Map.groupBy(workload.observations, ({ project, agent }) => labelKey({ project, agent }));
      expect(owners.size).toBe(AGENTS.length);
    });
  },
);
