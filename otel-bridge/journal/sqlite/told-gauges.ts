import type { DatabaseSync } from 'node:sqlite';
import type { Attributes, MetricPoint } from '../../domain/outbox.ts';

/** Ids of gauges that are gone, apart from those that are told. */
const FIRST_GONE_ID = -2_000_000_000;

/** Remembers which gauges were told. */
export interface ToldGauges {
  /**
   * Notes that these are told now, in place of those before; within the transaction that exports them.
   * @returns the end of each gauge that was told before and is not now, at `atMs`. Stores would show its last value for
   * minutes: a session as running that has ended, a machine that was removed.
   */
  replace(points: readonly MetricPoint[], atMs: number): MetricPoint[];
}

/** Opens it on the journal's writing connection; what a process before this one told is known. */
export function createToldGauges(database: DatabaseSync): ToldGauges {
  const select = database.prepare('SELECT name, unit FROM told_gauges');
  const insert = database.prepare('INSERT INTO told_gauges (name, unit) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM told_gauges WHERE name = ?');
  return {
    replace(points, atMs) {
      const now = new Map(points.map((point) => [seriesName(point), point.unit]));
      const gone: MetricPoint[] = [];
      for (const row of select.all()) {
        const name = String(row.name);
        if (now.delete(name)) continue;
        remove.run(name);
        const [metric, resource, attributes] = JSON.parse(name) as [string, Attributes, Attributes];
        gone.push({
          seriesId: FIRST_GONE_ID - gone.length,
          metric,
          unit: String(row.unit),
          kind: 'gauge',
          resource,
          attributes,
          startMs: atMs,
          tsMs: atMs,
          value: 0,
          gone: true,
        });
      }
      for (const [name, unit] of now) insert.run(name, unit);
      return gone;
    },
  };
}

/** The same for the same labels in any order: or the end of the one would end the other. */
function seriesName({ metric, resource, attributes }: MetricPoint): string {
  return JSON.stringify([metric, ...[resource, attributes].map(sorted)]);
}

function sorted(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
