/** What a target holds after everything that it took, for comparing it with what was acknowledged. */
import type { KeyValue, OtlpRequest } from '../../otel-bridge/otlp/types.ts';
import { eventNumber } from './event-load.ts';

/** A cumulative series as the target knows it. */
export interface SeriesState {
  readonly metric: string;
  /** A histogram's is its count. */
  value: number;
  timeUnixNano: bigint;
  readonly startTimeUnixNano: string;
}

/** Numbers of events in the order in which they first arrived, and how often each did. */
export interface ArrivedNumbers {
  readonly order: number[];
  readonly times: Map<number, number>;
}

/** What a target took. */
export interface DeliveryLedger {
  /** Notes what a request carries, but for what `isRefused` names (partial success). */
  take(request: OtlpRequest, isRefused?: (n: number) => boolean): void;
  readonly logs: ArrivedNumbers;
  readonly spans: ArrivedNumbers;
  /** Numbers in the bodies of agents' own log records, `raw-N`. */
  readonly raw: ArrivedNumbers;
  readonly series: Map<string, SeriesState>;
  /** What must never be: points that went back in time or in value, or that changed the birth of their series. */
  readonly faults: string[];
  /** Sum of the newest values of a metric. */
  total(metric: string): number;
}

/** Numbers of the events that a request of ours carries, by log record or by the run of a span. */
export function numbersOf(request: OtlpRequest, name: string): number[] {
  const numbers: number[] = [];
  const add = (attributes: readonly KeyValue[], key: string, prefix: string): void => {
    const id = attributes.find((attribute) => attribute.key === key)?.value?.stringValue;
    const n = typeof id === 'string' ? eventNumber(prefix, id) : null;
    if (n !== null) numbers.push(n);
  };
  if ('resourceLogs' in request) {
    for (const { scopeLogs } of request.resourceLogs)
      for (const { logRecords } of scopeLogs)
        for (const { attributes } of logRecords) add(attributes, 'event.id', name);
  } else if ('resourceSpans' in request) {
    for (const { scopeSpans } of request.resourceSpans)
      for (const { spans } of scopeSpans)
        for (const { attributes } of spans) add(attributes, 'run.id', `${name}-run`);
  }
  return numbers;
}

/** Starts an empty ledger for the load of that name. */
export function createDeliveryLedger(name: string): DeliveryLedger {
  const logs = arrivedNumbers();
  const spans = arrivedNumbers();
  const raw = arrivedNumbers();
  const series = new Map<string, SeriesState>();
  const faults: string[] = [];

  const takePoint = (
    metric: string,
    resource: readonly KeyValue[],
    point: { attributes: readonly KeyValue[]; timeUnixNano: string; startTimeUnixNano: string },
    value: number,
  ): void => {
    const key = JSON.stringify([metric, resource, point.attributes]);
    const timeUnixNano = BigInt(point.timeUnixNano);
    const known = series.get(key);
    if (known === undefined) {
      if (value !== 0) faults.push(`${key} was born with ${value}`);
      series.set(key, { metric, value, timeUnixNano, startTimeUnixNano: point.startTimeUnixNano });
      return;
    }
    // The same point again is a retry.
    if (timeUnixNano === known.timeUnixNano && value === known.value) return;
    if (timeUnixNano <= known.timeUnixNano)
      faults.push(`${key} went back from ${known.timeUnixNano} to ${timeUnixNano}`);
    if (value < known.value) faults.push(`${key} fell from ${known.value} to ${value}`);
    if (point.startTimeUnixNano !== known.startTimeUnixNano) faults.push(`${key} was born twice`);
    known.value = value;
    known.timeUnixNano = timeUnixNano;
  };

  return {
    logs,
    spans,
    raw,
    series,
    faults,
    take(request, isRefused = () => false) {
      if ('resourceMetrics' in request) {
        for (const { resource, scopeMetrics } of request.resourceMetrics)
          for (const { metrics } of scopeMetrics)
            for (const { name: metric, sum, histogram } of metrics) {
              const labels = resource?.attributes ?? [];
              for (const point of sum?.dataPoints ?? [])
                takePoint(metric, labels, point, point.asDouble ?? Number(point.asInt));
              for (const point of histogram?.dataPoints ?? [])
                takePoint(metric, labels, point, Number(point.count));
            }
        return;
      }
      const arrived = 'resourceLogs' in request ? logs : spans;
      for (const n of numbersOf(request, name)) if (!isRefused(n)) note(arrived, n);
      if (!('resourceLogs' in request)) return;
      for (const { scopeLogs } of request.resourceLogs)
        for (const { logRecords } of scopeLogs)
          for (const { body } of logRecords) {
            const n = eventNumber('raw', body?.stringValue ?? '');
            if (n !== null) note(raw, n);
          }
    },
    total: (metric) =>
      [...series.values()].reduce((sum, state) => sum + (state.metric === metric ? state.value : 0), 0),
  };
}

function arrivedNumbers(): ArrivedNumbers {
  return { order: [], times: new Map() };
}

function note({ order, times }: ArrivedNumbers, n: number): void {
  const before = times.get(n) ?? 0;
  if (before === 0) order.push(n);
  times.set(n, before + 1);
}
