import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { totalInRange, totalPerStep } from '../../dashboards/grafana/totals.ts';
import { growth } from '../../dashboards/rules/growth.ts';
import { fillIn } from '../helpers/dashboard-queries.ts';
import { enginePath, missingEngines } from '../helpers/engines.ts';

/** One sample a minute, or none where the store has none. */
interface Counter {
  /** Value at the first minute: 0 = born then, more = older than the store's memory. */
  readonly first: number;
  /** By how much it grows in each further minute; null = no sample, and the growth of none. */
  readonly growth: readonly (number | null)[];
  /** Minutes before the first sample. */
  readonly silence: number;
}

/** A total that is asked: of the minutes after `end - range`, up to `end`. */
interface Case extends Counter {
  readonly range: number;
  readonly end: number;
}

const MINUTES = 90;
const missing = missingEngines('promtool');

const cases: fc.Arbitrary<Case> = fc.record({
  first: fc.oneof(fc.constant(0), fc.nat(1000)),
  silence: fc.nat(30),
  growth: fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.nat(50) },
      { weight: 3, arbitrary: fc.constant(null) },
    ),
    { minLength: 1, maxLength: MINUTES - 31 },
  ),
  range: fc.integer({ min: 1, max: MINUTES }),
  end: fc.nat(MINUTES - 1),
});

/** The samples by minute. */
function samples({ first, growth, silence }: Counter): (number | null)[] {
  let value = first;
  const grown = growth.map((step) => {
    if (step === null) return null;
    value += step;
    return value;
  });
  return [...new Array<null>(silence).fill(null), first, ...grown];
}

/** What the bridge tells beside the counter: by how much it grew, where it did. */
function increments({ growth: grown, silence }: Counter): (number | null)[] {
  return [...new Array<null>(silence + 1).fill(null), ...grown.map((step) => (step === 0 ? null : step))];
}

/** What the counter grew by, minute for minute; null where the range has no sample. */
function truth({ growth, silence, range, end }: Case): number | null {
  const inRange = (minute: number): boolean => minute > end - range && minute <= end;
  let seen = inRange(silence);
  let total = 0;
  for (const [index, step] of growth.entries()) {
    if (step === null || !inRange(silence + 1 + index)) continue;
    seen = true;
    total += step;
  }
  return seen ? total : null;
}

/**
 * Has promtool evaluate an expression for each case on a store of its own, which has the counters and their
 * increments; a total of nothing may be 0.
 * @returns what it complains of.
 */
function promtool(list: readonly Case[], exprOf: (selector: string, rangeMs: number) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-totals-'));
  const series = (index: number, name = 'agent_run_count_total'): string => `${name}{case="${index}"}`;
  const file = join(folder, 'totals.yaml');
  const test = {
    interval: '1m',
    input_series: list.flatMap((counter, index) => [
      { series: series(index), values: asText(samples(counter)) },
      { series: series(index, 'increments_agent_run_count'), values: asText(increments(counter)) },
    ]),
    promql_expr_test: list.map((asked, index) => {
      const ms = asked.range * 60_000;
      const right = truth(asked);
      return {
        expr: `${fillIn('prometheus', exprOf(series(index), ms), { rangeMs: ms, stepMs: ms })} != 0`,
        eval_time: `${asked.end}m`,
        exp_samples: right === null || right === 0 ? [] : [{ labels: `{case="${index}"}`, value: right }],
      };
    }),
  };
  writeFileSync(file, stringify({ evaluation_interval: '1m', tests: [test] }));
  const { status, stdout, stderr } = spawnSync(enginePath('promtool'), ['test', 'rules', file], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

function asText(values: readonly (number | null)[]): string {
  return values.map((value) => value ?? '_').join(' ');
}

/** As alerts ask it, of the counter itself. */
const ofAlerts = (selector: string, rangeMs: number): string => growth(selector, `${rangeMs / 1000}s`);
/** Those of dashboards, of increments, and that of alerts. */
const KINDS = { totalInRange, totalPerStep, ofAlerts };

describe.skipIf(missing !== null)(`totals of counters${missing === null ? '' : ` (${missing})`}`, () => {
  const born: Case = { first: 0, silence: 10, growth: [5, null, null, 3], range: 30, end: 20 };

  it('count what a counter grew by since it was born in the range', () => {
    for (const kind of Object.values(KINDS)) expect(promtool([born], kind)).toBe('');
  });

  it('count nothing of what a counter had before the store remembers', () => {
    // With the whole range on a store that forgot how the counter began.
    for (const kind of Object.values(KINDS))
      expect(promtool([{ ...born, first: 700, range: 90, end: 60 }], kind)).toBe('');
  });

  it('are right where the range begins or ends in an outage', () => {
    const outage = { first: 0, silence: 0, growth: [4, ...new Array<null>(20).fill(null), 6, 0, 1] };
    const asked = [
      { ...outage, range: 20, end: 30 },
      { ...outage, range: 14, end: 15 },
      { ...outage, range: 15, end: 15 },
      { ...outage, range: 5, end: 12 },
    ];
    expect(asked.map(truth)).toEqual([7, null, 4, null]);
    for (const kind of Object.values(KINDS)) expect(promtool(asked, kind)).toBe('');
  });

  it('are right after days without a sample, since the value that left last comes again first', () => {
    const days = { first: 0, silence: 0, growth: [4, ...new Array<null>(3000).fill(null), 0, 5] };
    const asked = { ...days, range: 100, end: 3005 };
    expect(truth(asked)).toBe(5);
    for (const kind of Object.values(KINDS)) expect(promtool([asked], kind)).toBe('');
  });

  it('are what the counter grew by, whatever it did, for any range and per step', () => {
    fc.assert(
      fc.property(fc.array(cases, { minLength: 60, maxLength: 60 }), (list) => {
        for (const kind of Object.values(KINDS)) expect(promtool(list, kind)).toBe('');
      }),
      { numRuns: 10 },
    );
  });
});
