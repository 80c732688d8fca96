import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MetricPoint } from '../../../../otel-bridge/domain/outbox.ts';
import type { SampledThing, SampleRound } from '../../../../otel-bridge/domain/sample.ts';
import {
  createJournalCore,
  type JournalCore,
  NO_TARGETS,
} from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { openReadDatabase } from '../../../../otel-bridge/journal/sqlite/open-read-database.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';

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

function round(things: SampledThing[], problem: string | null = null): SampleRound {
  return { sampler: 'h', taken_ms: nowMs, interval_ms: 30_000, problem, things };
}

/** Values of a metric in the order in which they leave. */
function exported(metric: string): number[] {
  nowMs += 10_000;
  core.exportMetrics();
  const database = openReadDatabase(path);
  const points = database
    .prepare("SELECT record FROM outbox WHERE lane = 'metrics' ORDER BY seq")
    .all()
    .map(
      ({ record }) =>
        JSON.parse(Buffer.from(record as Uint8Array).toString('utf8')) as { point: MetricPoint },
    );
  database.close();
  return points
    .map((record) => ('point' in record ? record.point : record))
    .filter((point) => point.metric === metric)
    .map(({ value }) => Number(value));
}

const CPU = 'libvirt.domain.cpu.time';

describe('samples', () => {
  it('begin a counter where it is, and go on by what was read since', () => {
    core.putSamples(round([vm({ [CPU]: 100 })]));
    expect(exported(CPU)).toEqual([100]);
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
    core.putSamples(round([{ ...vm({ [CPU]: 100 }), started_ms: 1000 }]));
    core.putSamples(round([{ ...vm({ [CPU]: 103 }), started_ms: 1000 }]));
    core.putSamples(round([{ ...vm({ [CPU]: 120 }), started_ms: 2000 }]));
    expect(exported(CPU).at(-1)).toBe(223);
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

  it('leave out figures that nobody knows', () => {
    core.putSamples(round([vm({ 'no.such.metric': 1, [CPU]: 1 })]));
    expect(exported('no.such.metric')).toEqual([]);
    expect(exported(CPU)).toEqual([1]);
  });
});
