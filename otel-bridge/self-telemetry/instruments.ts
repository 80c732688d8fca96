import type { Meter, Observable, ObservableResult } from '@opentelemetry/api';
import type { Readings } from './readings.ts';
import type { Tally } from './tally.ts';
import type { WorkMeter } from './work-meter.ts';

/** Registers every `bridge.*` metric. `read` is called once an export. */
export function registerInstruments(meter: Meter, work: WorkMeter, read: () => Promise<Readings>): void {
  counter(meter, 'bridge.events.accepted', '{event}', 'Events that are durable', work.accepted);
  counter(meter, 'bridge.events.duplicate', '{event}', 'Events that were there already', work.duplicate);
  counter(meter, 'bridge.events.rejected', '{event}', 'Events and records that were refused', work.rejected);
  counter(
    meter,
    'bridge.telemetry.received',
    '{record}',
    "Records of agents' own telemetry, by sender",
    work.received,
  );
  counter(
    meter,
    'bridge.delivery.requests',
    '{request}',
    'Requests to targets by outcome',
    work.deliveryRequests,
  );
  counter(meter, 'bridge.delivery.records', '{record}', 'Records that targets took', work.deliveredRecords);

  const size = meter.createObservableGauge('bridge.journal.size', {
    unit: 'By',
    description: 'Journal on disk',
  });
  const disk = meter.createObservableGauge('bridge.disk.free', {
    unit: 'By',
    description: 'Free on the disk of the journal',
  });
  const projection = gauge(meter, 'bridge.projection.lag', '{event}', 'Events that wait for projection');
  const delivery = gauge(meter, 'bridge.delivery.lag', '{record}', 'Records that wait for a target');
  const facts = gauge(meter, 'bridge.facts.pending', '{fact}', 'Facts that are not counted yet');
  const corrected = meter.createObservableCounter('bridge.facts.corrected', {
    unit: '{fact}',
    description: 'Facts that changed after they were counted',
  });
  const letters = gauge(meter, 'bridge.dead_letters', '{record}', 'Records that a target refused for good');
  const givenUp = meter.createObservableCounter('bridge.dead_letters.given_up', {
    unit: '{record}',
    description: 'Dead letters that were deleted so that they do not fill the disk',
  });
  const memory = meter.createObservableGauge('bridge.process.memory', {
    unit: 'By',
    description: 'Memory of the process',
  });
  meter.addBatchObservableCallback(
    async (result) => {
      const readings = await read();
      result.observe(size, readings.journalSizeBytes);
      result.observe(disk, readings.diskFreeBytes);
      result.observe(projection, readings.unprojectedEvents);
      result.observe(facts, readings.pendingFacts);
      result.observe(corrected, readings.factsCorrected);
      result.observe(letters, readings.deadLetters);
      result.observe(givenUp, readings.deadLettersGivenUp);
      for (const { target, lane, lagRecords } of readings.lanes) {
        result.observe(delivery, lagRecords, { 'bridge.target': target, 'bridge.lane': lane });
      }
      const { rss, heapUsed } = process.memoryUsage();
      result.observe(memory, rss, { 'bridge.memory': 'resident' });
      result.observe(memory, heapUsed, { 'bridge.memory': 'heap' });
    },
    [size, disk, projection, delivery, facts, corrected, letters, givenUp, memory],
  );
}

function counter(meter: Meter, name: string, unit: string, description: string, tally: Tally): void {
  const observe = (result: ObservableResult): void => {
    for (const { count, attributes } of tally.entries()) result.observe(count, attributes);
  };
  meter.createObservableCounter(name, { unit, description }).addCallback(observe);
}

function gauge(meter: Meter, name: string, unit: string, description: string): Observable {
  return meter.createObservableGauge(name, { unit, description });
}
