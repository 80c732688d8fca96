import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, MetricPoint } from '../../../domain/outbox.ts';
import type { SampledThing, SampleRound } from '../../../domain/sample.ts';
import { metricDefinition } from '../../../projections/metric-catalogue.ts';
import { SERVICE_NAME, toResource } from '../../../projections/resource.ts';
import { isSampleMetric } from '../../../projections/sample-metrics.ts';
import type { SeriesStore } from '../series/series-store.ts';
import { transaction } from '../transaction.ts';
import { upsertSql } from '../upsert.ts';
import type { RawReadings } from './raw-readings.ts';

/** A figure is shown for as many rounds after it was read; then its sampler is silent. */
const FRESH_ROUNDS = 3;

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
  readonly instanceId: string;
}

/** Opens it on the journal's writing connection. */
export function createSampleTable({
  database,
  series,
  readings,
  instanceId,
}: SampleTableOptions): SampleTable {
  const putSampler = database.prepare(upsertSql('samplers', ['name', 'taken_ms', 'interval_ms', 'problem']));
  const putThing = database.prepare(
    'INSERT OR REPLACE INTO sampled (sampler, id, taken_ms, body) VALUES (?, ?, ?, ?)',
  );
  const dropOlder = database.prepare('DELETE FROM sampled WHERE sampler = ? AND taken_ms < ?');
  const selectSamplers = database.prepare('SELECT * FROM samplers');
  const selectStart = database.prepare(
    "SELECT body ->> '$.started_ms' AS started_ms FROM sampled WHERE sampler = ? AND id = ?",
  );
  const selectThings = database.prepare('SELECT body FROM sampled WHERE sampler = ?');

  const resourceOf = (thing: SampledThing): Attributes => ({
    ...toResource(thing, SERVICE_NAME, instanceId),
    ...(thing.kind === 'vm' ? { 'host.id': thing.id } : {}),
  });

  const namesOf = ({ kind, name, id }: SampledThing): Attributes =>
    kind === 'vm' ? { 'vm.name': name } : { 'container.name': name, 'container.id': id.slice(0, 12) };

  const startedAnew = (sampler: string, { id, started_ms }: SampledThing): boolean => {
    if (started_ms === undefined) return false;
    const before = selectStart.get(sampler, id)?.started_ms;
    return typeof before === 'number' && before !== started_ms;
  };

  const addCounters = (sampler: string, thing: SampledThing, nowMs: number): void => {
    const resource = resourceOf(thing);
    const isReset = startedAnew(sampler, thing);
    for (const { metric, value, attributes } of thing.metrics) {
      if (!isSampleMetric(metric) || metricDefinition(metric).kind !== 'counter') continue;
      const told = { ...namesOf(thing), ...attributes };
      const key = JSON.stringify([metric, resource, told]);
      const increment = readings.take(key, value, isReset);
      if (increment === undefined) series.begin(metric, resource, told, value, nowMs);
      else if (increment > 0) series.add([{ metric, attributes: told, value: increment }], resource, nowMs);
    }
  };

  return {
    put(round, nowMs) {
      try {
        transaction(database, () => {
          putSampler.run(round.sampler, round.taken_ms, round.interval_ms, round.problem);
          for (const thing of round.things) {
            addCounters(round.sampler, thing, nowMs);
            putThing.run(round.sampler, thing.id, round.taken_ms, JSON.stringify(thing));
          }
          // What a sampler could not look for is not gone.
          if (round.problem === null) dropOlder.run(round.sampler, round.taken_ms);
          readings.flush();
          series.flush();
        });
      } catch (error) {
        readings.reset();
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
      for (const sampler of selectSamplers.all()) {
        const name = String(sampler.name);
        const isFresh = nowMs - Number(sampler.taken_ms) <= FRESH_ROUNDS * Number(sampler.interval_ms);
        const own = toResource(
          { project: 'unassigned', agent: 'sampler', framework: 'agent-monitor', host: null },
          SERVICE_NAME,
          instanceId,
        );
        add('agent_monitor.sampler.up', own, { sampler: name }, isFresh && sampler.problem === null ? 1 : 0);
        if (!isFresh) continue;
        for (const { body } of selectThings.all(name)) {
          const thing = JSON.parse(String(body)) as SampledThing;
          const resource = resourceOf(thing);
          for (const { metric, value, attributes } of thing.metrics) {
            add(metric, resource, { ...namesOf(thing), ...attributes }, value);
          }
        }
      }
      return points;
    },
  };
}
