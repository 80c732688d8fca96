import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AGENTS, makeWorkload, QUIET_MS, SLOT_MS, type Workload } from '../helpers/agent-workload.ts';
import {
  dashboards,
  fillIn,
  type PanelQuery,
  panelQueries,
  variableQueries,
} from '../helpers/dashboard-queries.ts';
import {
  ANSWERED,
  type Answer,
  labelKey,
  PER_STEP,
  type Question,
  rightAnswer,
} from '../helpers/dashboard-truth.ts';
import { missingEngines, type RunningEngine, startLoki, startPrometheus } from '../helpers/engines.ts';
import { machineRounds, SAMPLE_MS } from '../helpers/machine-workload.ts';
import { askLabelValues, askNow, askRecords, askSteps, type QueryTarget } from '../helpers/query-engines.ts';
import { parsePromql } from '../helpers/query-syntax.ts';
import { type BridgeOutput, liveThrough, post } from '../helpers/virtual-bridge.ts';

/** Six hours, ending now. */
const SLOTS = 72;
const LAST = SLOTS - 1;
const START_MS = Math.floor(Date.now() / SLOT_MS) * SLOT_MS - SLOTS * SLOT_MS;
/** Nothing is exported in these slots: another process goes on after the first, the same one after the second. */
const STOPPED = [9, 12] as const;
const ASLEEP = [17, 20] as const;
const NEW_TOOL_FROM = 60;
const WORK = [...Array(SLOTS).keys()].filter(
  (slot) => slot >= 2 && !within(slot, STOPPED) && !within(slot, ASLEEP),
);

/** Quiet moments of slots, as ranges: where they start and end. */
type Range = readonly [from: number, to: number];
/** Those that people choose, ending now. */
const CHOSEN: Readonly<Record<string, Range>> = {
  '5 minutes': [LAST - 1, LAST],
  '1 hour': [LAST - 12, LAST],
  '6 hours': [LAST - 72, LAST],
  '24 hours': [LAST - 288, LAST],
};
const ODD: Readonly<Record<string, Range>> = {
  'from long before the store remembers': [-12_000, LAST],
  'five minutes in the middle': [5, 6],
  'before the first event only': [-5, 0],
  'from before the bridge stopped to when it was away': [4, 11],
  'from when the bridge was away to the end': [11, LAST],
  'while the bridge was away': [10, 11],
  'from before the bridge stopped to after it started': [7, 15],
  'from before the bridge slept to when it slept': [15, 19],
  'from when the bridge slept on for an hour': [19, 31],
  'from when it was away to when it slept': [10, 19],
};
/** Of graphs: whole steps of 25 minutes; a few hours of steps of a minute. */
const HOURS: readonly Range[] = [
  [-2, LAST - 3],
  [11, LAST],
];
const MINUTES: readonly Range[] = [[6, 26]];
const SELECTIONS: Readonly<Record<string, Question['selected']>> = {
  All: {},
  'one agent of one project': { project: ['acme/shop.web'], agent: ['ci (nightly)'] },
  'both projects by name, one host, one model': {
    project: ['acme/shop.web', 'acme/shopXweb'],
    host: ['laptop'],
    model: ['claude-opus-5-5'],
  },
  'one project': { project: ['acme/shop.web'] },
  'one session of one agent': { agent: ['dev'], session: ['past-0-1'] },
  'a project that is not there': { project: ['acme/shop'] },
};
/** Both without features that change PromQL; the second is how the stack may run Prometheus as well. */
const FEATURES = [{ features: [] }, { features: ['created-timestamp-zero-ingestion'] }] as const;

/** Queries without a truth here, and why: what parts of the stack say of themselves. */
const ASKED_ALONE: Readonly<Record<string, RegExp>> = {
  // Counted by test/stack/operations.test.ts and test/e2e/self-telemetry.test.ts against the bridge itself.
  'what the bridge and the Collector tell of themselves': /^.*\b(bridge|otelcol)_/,
  // Of engines that the test 'name what Prometheus and Loki say of themselves' looks for; nobody knows the right size.
  'what the stores tell of themselves': /\b(prometheus|loki|process)_/,
  // Prometheus has no rules here; test/stack/alerts.test.ts has.
  'what rules record': /agent_monitor:/,
  // Prometheus scrapes nothing here; test/stack/alerts.test.ts takes parts away.
  'whether parts answer': /\bup\b/,
};
/** Asked at once: the engines have two cores at least. */
const AT_ONCE = 8;
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

/** Results in order, some at a time. */
async function each<T, R>(values: readonly T[], act: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < values.length; from += AT_ONCE)
    results.push(...(await Promise.all(values.slice(from, from + AT_ONCE).map(act))));
  return results;
}

describe.skipIf(missing !== null)(
  `the dashboards on the real engines${missing === null ? '' : ` (${missing})`}`,
  () => {
    let loki: RunningEngine;
    let workload: Workload;
    let output: BridgeOutput;
    const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-dashboards-'));
    const lokiTarget = (): QueryTarget => ({ api: `${loki.url}/loki/api/v1` });

    beforeAll(async () => {
      loki = await startLoki();
      workload = makeWorkload({
        startMs: START_MS,
        slots: WORK,
        newToolFrom: NEW_TOOL_FROM,
        name: 'past',
        pace: 1,
      });
      output = liveThrough({
        path: join(folder, 'journal.db'),
        events: workload.events,
        startMs: START_MS,
        endMs: START_MS + SLOTS * SLOT_MS,
        absences: [absence(STOPPED, 'stopped'), absence(ASLEEP, 'asleep')],
        rounds: machineRounds,
        sampleMs: SAMPLE_MS,
      });
    });
    afterAll(async () => {
      await loki?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

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

      const isFirst = features.length === 0;
      /** Everyone where that is quick, some where Loki reads hours. */
      const selectionsOf = ([from, to]: Range) =>
        Object.entries(SELECTIONS).slice(0, isFirst ? (to - from > 20 ? 2 : undefined) : 1);
      /** Loki is the same with both: it is asked once. */
      const isAsked = ({ store }: PanelQuery): boolean => store === 'prometheus' || isFirst;

      beforeAll(async () => {
        prometheus = await startPrometheus({ features });
      });
      afterAll(() => prometheus?.[Symbol.asyncDispose]());

      describe('with nothing in the stores', () => {
        it('answer every query, with nothing or 0', async () => {
          const question = { fromMs: quietMs(0), toMs: quietMs(LAST), selected: {} };
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
            const range = { fromMs: quietMs(0), toMs: quietMs(LAST) };
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

        it('answer every query that has no truth, whoever is selected', async () => {
          const range = { fromMs: quietMs(0), toMs: quietMs(LAST) };
          for (const selected of Object.values(SELECTIONS)) {
            await each(queries.filter(isAsked), async (query) => {
              if (query.kind === 'records') {
                const expr = fillIn('loki', query.expr, { rangeMs: 0, stepMs: 0, selected });
                await askRecords(lokiTarget(), expr, { ...range, limit: 10 });
              } else if (!isKnown(query)) await ask(query, { ...range, selected }, SLOT_MS);
            });
          }
        });

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
          const range = { fromMs: quietMs(0), toMs: quietMs(LAST) };
          const names = await askLabelValues(target('prometheus'), '__name__', '{__name__!=""}', range);
          const used = queries
            .filter(({ store }) => store === 'prometheus')
            .flatMap(
              ({ expr }) =>
                parsePromql(fillIn('prometheus', expr, { rangeMs: 1000, stepMs: 1000 })).selections,
            )
            .filter(({ metric }) => /^(agent|libvirt|container|system|openclaw)_[a-z_]+$/.test(metric));
          expect(names).toEqual(expect.arrayContaining(used.map(({ metric }) => metric)));
        });

        /** What is not true of a panel's stat, table or gauge. */
        const wrongNow = async (
          [from, to]: Range,
          selected: Question['selected'],
          which: (query: PanelQuery) => boolean,
        ): Promise<string[]> => {
          const question: Question = { fromMs: quietMs(from), toMs: quietMs(to), selected };
          const asked = queries.filter((query) => query.kind === 'now' && isKnown(query) && which(query));
          const wrong = await each(asked, async (query) => {
            const right = rightAnswer(nameOf(query), question, { workload, ...output });
            if (right === undefined) throw new Error(`${query.where}: nobody knows what is right`);
            return differences(query.where, right, await ask(query, question, SLOT_MS));
          });
          return wrong.flat();
        };

        it.each(Object.entries(CHOSEN))('show what is true of %s, whoever is selected', async (_, range) => {
          for (const [name, selected] of selectionsOf(range))
            expect([name, ...(await wrongNow(range, selected, isAsked))]).toEqual([name]);
        });

        it.each(Object.entries(ODD))('show what is true %s', async (_, range) => {
          // What comes from events is as exact in any range: counters are what outages are hard for.
          const ofCounters = ({ store }: PanelQuery): boolean => store === 'prometheus';
          expect(await wrongNow(range, {}, ofCounters)).toEqual([]);
        });

        it.each([60_000, SLOT_MS, 25 * 60_000])(
          'have bars, lines and lanes of %i ms that tell the truth',
          async (stepMs) => {
            for (const [from, to] of stepMs < SLOT_MS ? MINUTES : HOURS) {
              for (const [name, selected] of selectionsOf([from, to])) {
                const asked = queries.filter(
                  (query) =>
                    query.kind === 'over time' &&
                    isKnown(query) &&
                    isAsked(query) &&
                    (stepMs >= SLOT_MS || !PER_STEP.has(nameOf(query))),
                );
                const wrong = await each(asked, async (query) => {
                  // Loki moves steps to multiples of themselves; events are exact at any moment.
                  const aligned = (atMs: number) => (query.store === 'loki' ? atMs - (atMs % stepMs) : atMs);
                  const question = {
                    fromMs: aligned(quietMs(from)),
                    toMs: aligned(quietMs(to)),
                    selected,
                    stepMs,
                  };
                  const right = rightAnswer(nameOf(query), question, { workload, ...output });
                  if (right === undefined) throw new Error(`${query.where}: nobody knows what is right`);
                  return differences(query.where, right, await ask(query, question, stepMs));
                });
                expect([name, ...wrong.flat()]).toEqual([name]);
              }
            }
          },
        );

        it('offer what is there for each variable, and what is left of it once others are chosen', async () => {
          const range = { fromMs: quietMs(0), toMs: quietMs(LAST) };
          const offered = async (selected: Question['selected']): Promise<Record<string, string[]>> => {
            const values: Record<string, string[]> = {};
            for (const { name, selector, label } of [...dashboards().values()].flatMap(variableQueries)) {
              const match = fillIn('prometheus', selector, { rangeMs: 0, stepMs: 0, selected });
              values[name] = await askLabelValues(target('prometheus'), label, match, range);
            }
            return values;
          };
          const models = ['claude-haiku-4-5', 'claude-opus-5-5', 'house-llm'];
          expect(await offered({})).toEqual({
            project: ['acme/shop.web', 'acme/shopXweb'],
            agent: ['ci (nightly)', 'dev'],
            host: ['build-1', 'laptop'],
            model: models,
            session: expect.arrayContaining(['past-0-1', 'past-3-1']),
          });
          expect(await offered({ project: ['acme/shop.web'], agent: ['dev'] })).toEqual({
            project: ['acme/shop.web', 'acme/shopXweb'],
            agent: ['ci (nightly)', 'dev'],
            host: ['laptop'],
            model: models,
            session: expect.arrayContaining(['past-0-1']),
          });
        });

        it('list the newest events, newest first, each with project and agent', async () => {
          for (const query of queries.filter(
            ({ kind, where }) => kind === 'records' && where.startsWith('overview'),
          )) {
            for (const selected of Object.values(SELECTIONS)) {
              const fromMs = quietMs(0);
              const toMs = quietMs(LAST);
              const expr = fillIn('loki', query.expr, { rangeMs: toMs - fromMs, stepMs: SLOT_MS, selected });
              const found = await askRecords(lokiTarget(), expr, { fromMs, toMs, limit: 100 });
              const chosen = ({ project, agent, host }: (typeof AGENTS)[number]): boolean =>
                (selected.project?.includes(project) ?? true) &&
                (selected.agent?.includes(agent) ?? true) &&
                (selected.host?.includes(host) ?? true);
              const newest = workload.events
                .filter(({ owner }) => chosen(owner))
                .filter(
                  ({ correlation: { sessionId = '' } }) => selected.session?.includes(sessionId) ?? true,
                )
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

    it('are compared with the truth, but for what is listed with a reason', () => {
      const unknown = queries.filter((query) => query.kind !== 'records' && !isKnown(query));
      const reasons = Object.values(ASKED_ALONE);
      expect(unknown.filter(({ expr }) => !reasons.some((own) => own.test(expr))).map(nameOf)).toEqual([]);
      // No reason is left that nothing needs, and no truth of a panel that there is no more.
      for (const own of reasons) expect(unknown.filter(({ expr }) => own.test(expr))).not.toEqual([]);
      expect([...ANSWERED].toSorted()).toEqual(queries.filter(isKnown).map(nameOf).toSorted());
    });

    it('are tested with two hundred sessions of three kinds of agents, and every kind of value', () => {
      const ranges = [...Object.values(CHOSEN), ...Object.values(ODD)];
      for (const query of queries.filter((query) => query.kind !== 'records' && isKnown(query))) {
        const isAnything = ranges.some(([from, to]) => {
          const question = { fromMs: quietMs(from), toMs: quietMs(to), selected: {}, stepMs: SLOT_MS };
          const right = rightAnswer(nameOf(query), question, { workload, ...output });
          return [...(right?.values() ?? [])].some((value) => value > 0);
        });
        expect([query.where, isAnything]).toEqual([query.where, true]);
      }
      const owners = Map.groupBy(workload.observations, ({ project, agent }) => labelKey({ project, agent }));
      expect(owners.size).toBe(AGENTS.length);
      expect(new Set(AGENTS.map(({ framework }) => framework)).size).toBe(3);
      const sessions = new Set(workload.observations.map(({ sessionId }) => sessionId));
      expect(sessions.size).toBeGreaterThanOrEqual(200);
    });
  },
);
