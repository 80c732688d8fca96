import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../../../otel-bridge/domain/outbox.ts';
import type { SampledThing, SampleRound } from '../../../../otel-bridge/domain/sample.ts';
import { createJournalCore, type JournalCore } from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { openReadDatabase } from '../../../../otel-bridge/journal/sqlite/open-read-database.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';
import { NO_TARGETS } from '../../../helpers/lane-targets.ts';

const SETTINGS = {
  settleMs: 0,
  historyAfterMs: 86_400_000,
  idleEndMs: 1_800_000,
  abandonedAfterMs: 7_200_000,
  rules: [],
  priceOf: () => null,
};

let path: string;
let nowMs: number;
let core: JournalCore;
const open = (): JournalCore =>
  createJournalCore({
    path,
    targets: { ...NO_TARGETS, metrics: ['t'] },
    settings: SETTINGS,
    now: () => nowMs,
  });
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'agent-monitor-samples-')), 'journal.db');
  nowMs = Date.parse('2026-11-21T10:00:00Z');
  core = open();
});
afterEach(() => core[Symbol.dispose]());

function vm(figures: Record<string, number>, id = 'uuid-1'): SampledThing {
  return {
    kind: 'vm',
    id,
    name: 'zap',
    project: 'demo',
    agent: 'claw',
    framework: 'openclaw',
    host: 'zap',
    location: 'qemu:///system on h',
    registered: true,
    state: 'running',
    reason: 'booted',
    issues: [],
    facts: {},
    metrics: Object.entries(figures).map(([metric, value]) => ({ metric, value, attributes: {} })),
  };
}

function round(things: SampledThing[], problem: string | null = null, sampler = 'h'): SampleRound {
  return { sampler, taken_ms: nowMs, interval_ms: 30_000, problem, things };
}

/** A machine that uses nothing but CPU time, in a run of its. */
function used(seconds: number, run_id: string | null, state = 'running'): SampledThing {
  return { ...vm(run_id === null ? {} : { [CPU]: seconds }), run_id, state };
}

/** Points of a metric in the order in which they leave. */
function points(metric: string): MetricPoint[] {
  nowMs += 10_000;
  core.exportMetrics();
  const database = openReadDatabase(path);
  const rows = database.prepare("SELECT record FROM outbox WHERE lane = 'metrics' ORDER BY seq").all();
  database.close();
  return rows
    .map(({ record }) => JSON.parse(Buffer.from(record as Uint8Array).toString('utf8')) as MetricPoint)
    .filter((point) => point.metric === metric);
}

/** Their values, but for ends of gauges. */
function exported(metric: string): number[] {
  return points(metric)
    .filter(({ gone }) => gone !== true)
    .map(({ value }) => Number(value));
}

const CPU = 'libvirt.domain.cpu.time';

describe('samples', () => {
  it('begin a counter where it is, and go on by what was read since', () => {
    core.putSamples(round([vm({ [CPU]: 100 })]));
    expect(exported(CPU)).toEqual([100]);
    core.putSamples(round([vm({ [CPU]: 130 })]));
    expect(exported(CPU)).toEqual([100, 130]);
    core[Symbol.dispose]();
    core = open();
    core.putSamples(round([vm({ [CPU]: 131 })]));
    // With a birth Prometheus would begin it at 0.
    expect(new Set(points(CPU).map(({ startMs }) => startMs))).toEqual(new Set([0]));
  });

  it('say where a counter began also where it grew before anything left', () => {
    core.putSamples(round([vm({ [CPU]: 100 })]));
    core.putSamples(round([vm({ [CPU]: 130 })]));
    expect(exported(CPU)).toEqual([100, 130]);
  });

  it('survive that what they count starts again, and a restart of ours', () => {
    core.putSamples(round([vm({ [CPU]: 100 })]));
    core.putSamples(round([vm({ [CPU]: 4 })]));
    core[Symbol.dispose]();
    core = open();
    core.putSamples(round([vm({ [CPU]: 10 })]));
    expect(exported(CPU).at(-1)).toBe(110);
    const values = exported(CPU);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('count all of a counter whose thing was started anew, even where it is larger than before', () => {
    core.putSamples(round([{ ...vm({ [CPU]: 100 }), run_id: '1' }]));
    core.putSamples(round([{ ...vm({ [CPU]: 103 }), run_id: '1' }]));
    core.putSamples(round([{ ...vm({ [CPU]: 120 }), run_id: '2' }]));
    expect(exported(CPU).at(-1)).toBe(223);
  });

  it('count all of what began since the sampler looked last, and nothing twice of what only came back', () => {
    core.putSamples(round([]));
    core.putSamples(round([used(40, '1')]));
    expect(exported(CPU)).toEqual([0, 40]);
    core.putSamples(round([]));
    core.putSamples(round([used(50, '1')]));
    expect(exported(CPU).at(-1)).toBe(50);
    core.putSamples(round([used(0, null, 'shutoff')]));
    core[Symbol.dispose]();
    core = open();
    // libvirt began to number anew meanwhile.
    core.putSamples(round([used(60, '1')]));
    expect(exported(CPU).at(-1)).toBe(110);
  });

  it('count nothing of before, where a sampler could not look before', () => {
    core.putSamples(round([], 'libvirt is away'));
    core.putSamples(round([used(40, '1')]));
    core.putSamples(round([used(41, '1')]));
    expect(exported(CPU)).toEqual([40, 41]);
  });

  it('go on where a machine moves to, even to a run of the same number', () => {
    core.putSamples(round([used(100, '1')], null, 'from'));
    core.putSamples(round([], null, 'to'));
    core.putSamples(round([used(110, '1')], null, 'from'));
    core.putSamples(round([used(0, '1', 'paused')], null, 'to'));
    core.putSamples(round([used(7, '1')], null, 'to'));
    core.putSamples(round([used(0, null, 'shutoff')], null, 'from'));
    core.putSamples(round([used(9, '1')], null, 'to'));
    expect(exported(CPU).at(-1)).toBe(119);
  });

  it('count a machine once that two samplers see, also where one of them is silent for a while', () => {
    const both = (seconds: number): void => {
      core.putSamples(round([used(seconds, '1')], null, 'a'));
      core.putSamples(round([used(seconds + 1, '1')], null, 'b'));
      nowMs += 30_000;
    };
    both(100);
    both(130);
    expect(exported(CPU).at(-1)).toBe(130);
    for (const seconds of [160, 190, 220, 250]) {
      core.putSamples(round([used(seconds, '1')], null, 'b'));
      nowMs += 30_000;
    }
    const alone = exported(CPU).at(-1) ?? 0;
    expect(alone).toBeGreaterThan(130);
    both(280);
    expect(exported(CPU).at(-1)).toBe(alone);
    both(310);
    expect(exported(CPU).at(-1)).toBe(alone + 30);
  });

  it('show figures of now while the sampler is heard of', () => {
    core.putSamples(round([vm({ 'libvirt.domain.memory.rss': 7 })]));
    expect(exported('libvirt.domain.memory.rss')).toEqual([7]);
    expect(exported('agent_monitor.sampler.up').at(-1)).toBe(1);
    nowMs += 100_000;
    expect(exported('libvirt.domain.memory.rss')).toEqual([7, 7]);
    expect(exported('agent_monitor.sampler.up').at(-1)).toBe(0);
  });

  it('forget what is gone, and keep what could not be looked for', () => {
    const seen = (): string[] => {
      using readModel = openSqliteReadModel({ path, idleEndMs: 1, abandonedAfterMs: 1 });
      return readModel.samplers().flatMap(({ things }) => things.map(({ id }) => id));
    };
    core.putSamples(round([vm({}, 'a'), vm({}, 'b')]));
    nowMs += 1000;
    core.putSamples(round([], 'libvirt is away'));
    expect(seen()).toEqual(['a', 'b']);
    nowMs += 1000;
    core.putSamples(round([vm({}, 'b')]));
    expect(seen()).toEqual(['b']);
  });

  it('forget a sampler of which nothing was heard for a day while others are, and go on where it comes back', () => {
    const samplers = () => {
      using readModel = openSqliteReadModel({ path, idleEndMs: 1, abandonedAfterMs: 1 });
      return readModel.samplers().map(({ name, things }) => [name, things.length]);
    };
    core.putSamples(round([used(100, '1')], null, 'removed'));
    nowMs += 80_000_000;
    core.putSamples(round([], null, 'other'));
    expect(samplers()).toEqual([
      ['other', 0],
      ['removed', 1],
    ]);
    nowMs += 10_000_000;
    core.putSamples(round([], null, 'other'));
    expect(samplers()).toEqual([['other', 0]]);
    core.putSamples(round([used(130, '1')], null, 'removed'));
    expect(exported(CPU).at(-1)).toBe(130);
  });

  it('leave out figures that nobody knows', () => {
    core.putSamples(round([vm({ 'no.such.metric': 1, [CPU]: 1 })]));
    expect(exported('no.such.metric')).toEqual([]);
    expect(exported(CPU)).toEqual([1]);
  });
});
