import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fact } from '../../../../otel-bridge/domain/fact.ts';
import type { ReadModel, UsageDimension, UsageTotals } from '../../../../otel-bridge/domain/read-model.ts';
import { USAGE_DIMENSIONS } from '../../../../otel-bridge/domain/read-model.ts';
import type { Session } from '../../../../otel-bridge/domain/session.ts';
import { textOf } from '../../../../otel-bridge/domain/values.ts';
import { IN_RANGE, IS_ACTIVITY, IS_USAGE, PERIOD } from '../../../../otel-bridge/journal/sqlite/fact-sums.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';
import { TALLY_PERIOD_MS } from '../../../../otel-bridge/projections/tally.ts';
import {
  createJournalFixture,
  type JournalFixture,
  makeFact,
  makeRequest,
  makeSession,
} from '../../../helpers/journal-fixture.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const DAY_MS = 86_400_000;

let journal: JournalFixture;
let model: ReadModel;
beforeEach(() => {
  journal = createJournalFixture();
  model = openSqliteReadModel({
    path: journal.path,
    clock: () => NOW,
    idleEndMs: 1_800_000,
    abandonedAfterMs: 7_200_000,
  });
});
afterEach(() => {
  model[Symbol.dispose]();
  journal[Symbol.dispose]();
});

type TestFact = Fact & { superseded?: boolean };

/** The sums of the read model in the plainest way: one fact after the other. */
function naiveUsage(
  facts: readonly TestFact[],
  sessions: readonly Session[],
  by: readonly UsageDimension[],
  zone: string,
  range: { fromMs: number; toMs: number; project?: string | undefined },
): { rows: Map<string, UsageTotals>; total: UsageTotals } {
  const dates = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  const groups = new Map<string, TestFact[]>();
  const all: TestFact[] = [];
  for (const fact of facts) {
    const atMs = fact.endMs ?? fact.startMs ?? 0;
    if (atMs < range.fromMs || atMs >= range.toMs || fact.superseded) continue;
    const session = sessions.find(({ id }) => id === fact.sessionId);
    if (range.project !== undefined && (session?.project ?? 'unassigned') !== range.project) continue;
    const date = dates.format(atMs);
    const carriesUsage = fact.kind === 'api' || fact.kind === 'usage';
    const values: Record<UsageDimension, string | null> = {
      day: date,
      month: date.slice(0, 7),
      week: isoWeek(date),
      model: carriesUsage ? fact.name : null,
      tool: fact.kind === 'tool' ? fact.name : null,
      project: session?.project ?? 'unassigned',
      agent: session?.agent ?? 'unknown',
      framework: session?.framework ?? 'unknown',
      session: fact.sessionId,
      task: textOf(fact.data.task_id) ?? fact.runId,
      repository: session?.repository ?? null,
      branch: session?.branch ?? null,
      host: session?.host ?? null,
      ...dataOf(fact),
    };
    const key = JSON.stringify(by.map((dimension) => values[dimension]));
    groups.set(key, [...(groups.get(key) ?? []), fact]);
    all.push(fact);
  }
  const rows = new Map<string, UsageTotals>();
  for (const [key, members] of groups) {
    const totals = naiveTotals(members);
    if (Object.values(totals).some((value) => value !== 0)) rows.set(key, totals);
  }
  return { rows, total: naiveTotals(all) };
}

/** Dimensions that facts keep among what else is known of them. */
const DATA_DIMENSIONS = [
  'query_source',
  'subagent',
  'skill',
  'plugin',
  'mcp_server',
  'mcp_tool',
  'effort',
  'speed',
  'provider',
] as const;

function dataOf({ data }: Fact): Record<(typeof DATA_DIMENSIONS)[number], string | null> {
  const values = DATA_DIMENSIONS.map((name) => [name, textOf(data[name]) ?? null]);
  return Object.fromEntries(values) as ReturnType<typeof dataOf>;
}

function naiveTotals(facts: readonly TestFact[]): UsageTotals {
  const requests = facts.filter(({ kind }) => kind === 'api' || kind === 'usage');
  const priced = requests.filter(({ costNanoUsd }) => costNanoUsd !== null);
  const tokens = (fact: Fact) =>
    fact.inputTokens + fact.outputTokens + fact.cacheReadTokens + fact.cacheCreationTokens;
  const unpricedRequests = requests.filter((fact) => fact.costNanoUsd === null && tokens(fact) > 0).length;
  const sum = (of: readonly Fact[], value: (fact: Fact) => number) =>
    of.reduce((total, fact) => total + value(fact), 0);
  return {
    sessions: new Set(facts.map(({ sessionId }) => sessionId).filter((id) => id !== null)).size,
    runs: facts.filter(({ kind }) => kind === 'run').length,
    tasks: facts.filter(({ kind, endMs }) => kind === 'run' && endMs !== null).length,
    tasksFailed: facts.filter(
      ({ kind, endMs, outcome }) =>
        kind === 'run' && endMs !== null && (outcome === 'failure' || outcome === 'error'),
    ).length,
    linesAdded: 0,
    linesRemoved: 0,
    commits: facts.filter(({ kind, sessionId }) => kind === 'commit' && sessionId === null).length,
    pullRequests: 0,
    toolCalls: facts.filter(({ kind, endMs }) => kind === 'tool' && endMs !== null).length,
    errors: facts.filter(
      ({ kind, outcome, eventType }) =>
        (kind === 'tool' && (outcome === 'failure' || outcome === 'error')) ||
        (kind === 'api' && outcome === 'error') ||
        (kind === 'event' && eventType === 'error'),
    ).length,
    inputTokens: sum(requests, (fact) => fact.inputTokens),
    outputTokens: sum(requests, (fact) => fact.outputTokens),
    cacheReadTokens: sum(requests, (fact) => fact.cacheReadTokens),
    cacheCreationTokens: sum(requests, (fact) => fact.cacheCreationTokens),
    costNanoUsd:
      priced.length === 0 && unpricedRequests > 0 ? null : sum(priced, (fact) => fact.costNanoUsd ?? 0),
    costComputedNanoUsd: sum(
      priced.filter(({ costSource }) => costSource === 'computed'),
      (fact) => fact.costNanoUsd ?? 0,
    ),
    unpricedRequests,
  };
}

/** By the book: the week of the Thursday next to the date. */
function isoWeek(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const yearStart = Date.UTC(day.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((day.getTime() - yearStart) / DAY_MS + 1) / 7);
  return `${day.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

const SESSIONS: readonly Session[] = [0, 1, 2, 3].map((index) =>
  makeSession({
    id: `s${index}`,
    startedMs: NOW - 60 * DAY_MS,
    project: `project${index % 2}`,
    agent: `agent${index % 3}`,
    framework: index === 3 ? 'codex' : 'claude-code',
  }),
);

/** Years that events have from clocks that were never set, or where a date stands for none. */
const WRONG_CLOCKS = ['1980-01-01', '2036-02-07', '4000-12-31', '5138-01-01'].map((date) => Date.parse(date));

const tokenCount = fc.integer({ min: 0, max: 2_000_000 });
const randomFact = fc.record({
  kind: fc.constantFrom('api', 'usage', 'tool', 'run', 'session', 'prompt', 'event', 'commit' as const),
  runId: fc.constantFrom(null, 'run-1', 'run-2'),
  dimension: fc.constantFrom(...DATA_DIMENSIONS),
  value: fc.constantFrom(undefined, 'x', 'y'),
  eventType: fc.constantFrom('error', 'span.end', 'metric.snapshot'),
  sessionId: fc.constantFrom(null, 's0', 's1', 's2', 's3', 'unheard-of'),
  atMs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: NOW - 45 * DAY_MS, max: NOW }) },
    fc.constantFrom(...WRONG_CLOCKS),
  ),
  open: fc.boolean(),
  name: fc.constantFrom(null, 'Bash', 'Read', 'claude-opus-5-5', 'claude-haiku-5'),
  outcome: fc.constantFrom('success', 'failure', 'error', 'rejected', 'unknown' as const),
  inputTokens: tokenCount,
  outputTokens: fc.constantFrom(0, 7),
  cacheReadTokens: fc.constantFrom(0, 1000),
  cacheCreationTokens: fc.constantFrom(0, 3),
  cost: fc.constantFrom(null, 0, 1, 999, 123_456_789),
  costSource: fc.constantFrom('reported', 'computed' as const),
  superseded: fc.constantFrom(false, false, false, true),
});

describe('usage()', () => {
  test('rows add up to the total and equal a plain computation, for any facts, grouping and zone', () => {
    let round = 0;
    fc.assert(
      fc.property(
        fc.array(randomFact, { maxLength: 60 }),
        fc.uniqueArray(fc.constantFrom(...USAGE_DIMENSIONS), { maxLength: 4 }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Chatham'),
        fc.oneof(fc.integer({ min: NOW - 50 * DAY_MS, max: NOW }), fc.constant(0)),
        fc.oneof(
          fc.integer({ min: NOW - 20 * DAY_MS, max: NOW + DAY_MS }),
          fc.constant(Number.MAX_SAFE_INTEGER),
        ),
        fc.constantFrom(undefined, 'project0', 'unassigned'),
        (randomFacts, by, timezone, fromMs, toMs, project) => {
          round += 1;
          const facts = randomFacts.map(({ atMs, open, cost, dimension, value, ...rest }, index) => {
            const hasDimensions = rest.kind === 'api' || rest.kind === 'usage' || rest.kind === 'tool';
            const isOpen = open && (rest.kind === 'tool' || rest.kind === 'run');
            return makeFact({
              ...rest,
              key: `${round}:${index}`,
              data: hasDimensions && value !== undefined ? { [dimension]: value } : {},
              startMs: atMs,
              endMs: isOpen ? null : atMs,
              state: isOpen ? 'open' : 'counted',
              costNanoUsd: cost,
              costSource: cost === null ? null : rest.costSource,
            });
          });
          journal.exec('DELETE FROM facts');
          journal.fill({ sessions: SESSIONS, facts });
          const usage = model.usage({ by, fromMs, toMs, timezone, project });
          const expected = naiveUsage(facts, SESSIONS, by, timezone, { fromMs, toMs, project });
          const rows = new Map(
            usage.rows.map(({ key, totals }) => [JSON.stringify(by.map((name) => key[name])), totals]),
          );
          expect(rows).toEqual(expected.rows);
          expect(usage.total).toEqual(expected.total);
          for (const name of ['runs', 'toolCalls', 'errors', 'inputTokens', 'costNanoUsd'] as const) {
            const sum = usage.rows.reduce((total, row) => total + (row.totals[name] ?? 0), 0);
            expect(sum).toBe(usage.total[name] ?? 0);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test('counts what a session did long before the clock went wrong', () => {
    const at = (date: string): number => Math.floor(Date.parse(`${date}T12:00:00Z`) / TALLY_PERIOD_MS);
    journal.fill({
      facts: [
        makeFact({ key: 'began', kind: 'session', sessionId: 's0', endMs: Date.parse('2026-01-05') }),
        makeFact({
          key: 'lines',
          kind: 'tally',
          name: 'lines_added',
          sessionId: 's0',
          startMs: Date.parse('2026-01-05'),
          endMs: Date.parse('4000-12-31'),
          data: { at: { [at('2026-01-05')]: 3, [at('2031-03-01')]: 4 } },
        }),
      ],
    });
    const { rows } = model.usage({
      by: ['day'],
      fromMs: Date.parse('2020-01-01'),
      toMs: Number.MAX_SAFE_INTEGER,
      timezone: 'Europe/Berlin',
    });
    expect(rows.map(({ key, totals }) => [key.day, totals.linesAdded])).toEqual([
      ['2026-01-05', 3],
      ['2031-03-01', 4],
      ['4000-12-31', 0],
    ]);
  });

  test('is empty on an empty journal', () => {
    const usage = model.usage({ by: ['day'], fromMs: 0, toMs: NOW, timezone: 'UTC' });
    expect(usage.rows).toEqual([]);
    expect(usage.total).toMatchObject({ sessions: 0, costNanoUsd: 0, unpricedRequests: 0 });
  });

  test('cuts days where the zone cuts them', () => {
    journal.fill({
      sessions: [makeSession({ id: 's', startedMs: NOW })],
      facts: ['2026-11-20T18:29:59.999Z', '2026-11-20T18:30:00.000Z'].map((at) =>
        makeRequest({ key: at, sessionId: 's', endMs: Date.parse(at) }),
      ),
    });
    const days = (timezone: string) =>
      model.usage({ by: ['day'], fromMs: 0, toMs: NOW, timezone }).rows.map(({ key }) => key.day);
    expect(days('Asia/Kolkata')).toEqual(['2026-11-20', '2026-11-21']);
    expect(days('UTC')).toEqual(['2026-11-20']);
  });

  test('follows a correction of a session’s project', () => {
    const session = makeSession({ id: 's', startedMs: NOW - 1000, project: 'unassigned' });
    journal.fill({
      sessions: [session],
      facts: [makeRequest({ key: 'a', sessionId: 's', endMs: NOW - 500 })],
    });
    const projects = () =>
      model
        .usage({ by: ['project'], fromMs: 0, toMs: NOW, timezone: 'UTC' })
        .rows.map(({ key }) => key.project);
    expect(projects()).toEqual(['unassigned']);
    journal.fill({ sessions: [{ ...session, project: 'shop' }] });
    expect(projects()).toEqual(['shop']);
  });

  test('tells a cost as unknown only where no request has one', () => {
    const costs = () => {
      const { costNanoUsd, unpricedRequests } = model.usage({
        by: [],
        fromMs: 0,
        toMs: NOW,
        timezone: 'UTC',
      }).total;
      return { costNanoUsd, unpricedRequests };
    };
    journal.fill({ facts: [makeRequest({ key: 'a', endMs: NOW - 500, costNanoUsd: null })] });
    expect(costs()).toEqual({ costNanoUsd: null, unpricedRequests: 1 });
    journal.fill({ facts: [makeRequest({ key: 'b', endMs: NOW - 500, costNanoUsd: 7 })] });
    expect(costs()).toEqual({ costNanoUsd: 7, unpricedRequests: 1 });
  });

  test('orders rows by time, then by cost', () => {
    journal.fill({
      sessions: SESSIONS,
      facts: [
        makeRequest({ key: 'a', sessionId: 's0', endMs: NOW - DAY_MS, costNanoUsd: 1 }),
        makeRequest({ key: 'b', sessionId: 's1', endMs: NOW - DAY_MS, costNanoUsd: 5 }),
        makeRequest({ key: 'c', sessionId: 's0', endMs: NOW - 2 * DAY_MS, costNanoUsd: 1 }),
      ],
    });
    const { rows } = model.usage({ by: ['project', 'day'], fromMs: 0, toMs: NOW, timezone: 'UTC' });
    expect(rows.map(({ key }) => Object.values(key))).toEqual([
      ['project0', '2026-11-19'],
      ['project1', '2026-11-20'],
      ['project0', '2026-11-20'],
    ]);
  });

  test('sums are read from the indexes alone, without sorting', () => {
    for (const [index, condition] of [
      ['facts_usage', IS_USAGE],
      ['facts_activity', IS_ACTIVITY],
    ]) {
      const plan = journal
        .query(
          `EXPLAIN QUERY PLAN SELECT session_id, count(*), sum(outcome = 'error'), max(name) FROM facts
           WHERE ${condition} AND ${IN_RANGE.replaceAll(/:[a-zA-Z]+/g, '1')} GROUP BY ${PERIOD}, session_id`,
        )
        .map((row) => String(row.detail));
      expect(plan).toEqual([expect.stringContaining(`COVERING INDEX ${index}`)]);
    }
  });
});
