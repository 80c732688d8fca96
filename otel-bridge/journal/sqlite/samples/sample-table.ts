import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, MetricPoint } from '../../../domain/outbox.ts';
import type { SampledThing, SampleRound } from '../../../domain/sample.ts';
import { FORGOTTEN_AFTER_MS, isSilent } from '../../../domain/silent-sampler.ts';
import { metricDefinition } from '../../../projections/metric-catalogue.ts';
import { SERVICE_NAME, toResource } from '../../../projections/resource.ts';
import { isSampleMetric } from '../../../projections/sample-metrics.ts';
import type { SeriesStore } from '../series/series-store.ts';
import { transaction } from '../transaction.ts';
import { upsertSql } from '../upsert.ts';
import type { RawReadings } from './raw-readings.ts';
import type { SampleRuns } from './sample-runs.ts';
import { createElsewhere } from './seen-elsewhere.ts';

/** What was sampled last, and what becomes metrics of it. */
export interface SampleTable {
  /** Takes a round: the newest state of its things in place of the one before, and their counters. */
  put(round: SampleRound, nowMs: number): void;
  /** Gauges of everything that was read lately, at `nowMs`. Series ids are negative, below `firstId`. */
  gauges(nowMs: number, firstId: number): MetricPoint[];
}

/** What the table works with. */
export interface SampleTableOptions {
  readonly database: DatabaseSync;
  readonly series: SeriesStore;
  readonly readings: RawReadings;
  readonly runs: SampleRuns;
  readonly instanceId: string;
}

/** Opens it on the journal's writing connection. */
export function createSampleTable({
  database,
  series,
  readings,
  runs,
  instanceId,
}: SampleTableOptions): SampleTable {
  const putSampler = database.prepare(upsertSql('samplers', ['name', 'taken_ms', 'interval_ms', 'problem']));
  const putThing = database.prepare(
    'INSERT OR REPLACE INTO sampled (sampler, id, taken_ms, body) VALUES (?, ?, ?, ?)',
  );
  const dropOlder = database.prepare('DELETE FROM sampled WHERE sampler = ? AND taken_ms < ?');
  const forgetSamplers = database.prepare('DELETE FROM samplers WHERE taken_ms < ?');
  const forgetThings = database.prepare(
    'DELETE FROM sampled WHERE sampler NOT IN (SELECT name FROM samplers)',
  );
  const selectSamplers = database.prepare('SELECT * FROM samplers');
  const selectProblem = database.prepare('SELECT problem FROM samplers WHERE name = ?');
  const selectIds = database.prepare('SELECT id FROM sampled WHERE sampler = ?');
  const elsewhere = createElsewhere(database);
  const selectThings = database.prepare('SELECT body FROM sampled WHERE sampler = ?');

  const resourceOf = (thing: SampledThing): Attributes => ({
    ...toResource(thing, SERVICE_NAME, instanceId),
    ...(thing.kind === 'vm' ? { 'host.id': thing.id } : {}),
  });

  const namesOf = ({ kind, name, id }: SampledThing): Attributes =>
    kind === 'vm' ? { 'vm.name': name } : { 'container.name': name, 'container.id': id.slice(0, 12) };

  interface CounterContext {
    readonly sampler: string;
    /** Whether its counters began at 0 since they were read last. */
    readonly isNewRun: boolean;
    readonly countsElsewhere: boolean;
    readonly nowMs: number;
  }

  const addCounters = (thing: SampledThing, context: CounterContext): void => {
    const { sampler, isNewRun, countsElsewhere, nowMs } = context;
    const resource = resourceOf(thing);
    for (const { metric, value, attributes } of thing.metrics) {
      if (!isSampleMetric(metric) || metricDefinition(metric).kind !== 'counter') continue;
      const told = { ...namesOf(thing), ...attributes };
      // By sampler: a machine that moves is seen at two places, and each counts for itself.
      const increment = readings.take(JSON.stringify([sampler, metric, resource, told]), value, isNewRun);
      if (countsElsewhere) continue;
      if (increment === undefined) series.begin(metric, resource, told, value);
      else if (increment > 0) series.add([{ metric, attributes: told, value: increment }], resource, nowMs);
    }
  };

  const putThings = ({ sampler, things }: SampleRound, nowMs: number): void => {
    const last = selectProblem.get(sampler);
    const ids = new Set(selectIds.all(sampler).map(({ id }) => id));
    const hasLooked = last !== undefined && (last.problem === null || ids.size > 0);
    const isElsewhere = elsewhere(sampler, nowMs);
    for (const thing of things) {
      const isNewRun = runs.take(sampler, thing, hasLooked && !ids.has(thing.id));
      addCounters(thing, { sampler, isNewRun, countsElsewhere: isElsewhere(thing), nowMs });
      putThing.run(sampler, thing.id, nowMs, JSON.stringify(thing));
    }
  };

  return {
    put(round, nowMs) {
      try {
        transaction(database, () => {
          putThings(round, nowMs);
          // By this clock: a sampler's own may be another one, and would make it silent.
          putSampler.run(round.sampler, nowMs, round.interval_ms, round.problem);
          // What a sampler could not look for is not gone.
          if (round.problem === null) dropOlder.run(round.sampler, nowMs);
          // While others are heard of. What their counters go on from stays, should they come back.
          if (forgetSamplers.run(nowMs - FORGOTTEN_AFTER_MS).changes > 0) forgetThings.run();
          readings.flush();
          runs.flush();
          series.flush();
        });
      } catch (error) {
        readings.reset();
        runs.reset();
        series.reset();
        throw error;
      }
    },
    gauges(nowMs, firstId) {
      const points: MetricPoint[] = [];
      const add = (metric: string, resource: Attributes, attributes: Attributes, value: number): void => {
        if (!isSampleMetric(metric)) return;
        const { kind, unit } = metricDefinition(metric);
        if (kind !== 'gauge') return;
        const seriesId = firstId - points.length;
        points.push({
          seriesId,
          metric,
          unit,
          kind,
          resource,
          attributes,
          startMs: nowMs,
          tsMs: nowMs,
          value,
        });
      };
      // One that several samplers see is told once: two values of one series are none.
      const shown = new Map<string, SampledThing>();
      for (const sampler of selectSamplers.all()) {
        const name = String(sampler.name);
        const isFresh = !isSilent(Number(sampler.taken_ms), Number(sampler.interval_ms), nowMs);
        const own = toResource(
          { project: 'unassigned', agent: 'sampler', framework: 'agent-monitor', host: null },
          SERVICE_NAME,
          instanceId,
        );
        add('agent_monitor.sampler.up', own, { sampler: name }, isFresh && sampler.problem === null ? 1 : 0);
        if (!isFresh) continue;
        for (const { body } of selectThings.all(name)) {
          const thing = JSON.parse(String(body)) as SampledThing;
          const key = `${thing.kind} ${thing.id}`;
          const other = shown.get(key);
          if (other === undefined || nearness(thing) > nearness(other)) shown.set(key, thing);
        }
      }
      for (const thing of shown.values()) {
        const resource = resourceOf(thing);
        for (const { metric, value, attributes } of thing.metrics) {
          add(metric, resource, { ...namesOf(thing), ...attributes }, value);
        }
      }
      return points;
    },
  };
}

/** A machine that moves is where it is at work, before where it waits, before where it was. */
function nearness({ state, run_id }: SampledThing): number {
  if (state === 'running' || state === 'blocked') return 2;
  return run_id === null || run_id === undefined ? 0 : 1;
}
