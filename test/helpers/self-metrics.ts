/** What the parts of the stack say of themselves, by the names that Prometheus gives their metrics. */
import type { Meter } from '@opentelemetry/api';
import { registerInstruments } from '../../otel-bridge/self-telemetry/instruments.ts';
import type { Readings } from '../../otel-bridge/self-telemetry/readings.ts';
import { createWorkMeter } from '../../otel-bridge/self-telemetry/work-meter.ts';

/** Metrics of the other programs that dashboards may name; their own documentation lists them. */
const OF_ENGINES = [
  'up',
  // The Collector tells its metrics without unit and _total.
  'otelcol_receiver_accepted_spans',
  'otelcol_receiver_accepted_metric_points',
  'otelcol_receiver_accepted_log_records',
  'otelcol_receiver_refused_spans',
  'otelcol_receiver_refused_metric_points',
  'otelcol_receiver_refused_log_records',
  'otelcol_process_memory_rss',
  'process_resident_memory_bytes',
  'prometheus_tsdb_head_series',
  'prometheus_tsdb_storage_blocks_bytes',
  'prometheus_tsdb_wal_storage_size_bytes',
  'prometheus_tsdb_lowest_timestamp_seconds',
  'prometheus_tsdb_retention_limit_bytes',
  'loki_ingester_memory_streams',
  'loki_distributor_bytes_received_total',
  'loki_discarded_samples_total',
];

/** Labels of the metrics of engines and of the bridge. */
export const SELF_LABELS = [
  'job',
  'instance',
  'receiver',
  'exporter',
  'reason',
  'bridge_event_origin',
  'bridge_source',
  'bridge_rejection',
  'bridge_signal',
  'bridge_sender',
  'bridge_target',
  'bridge_lane',
  'bridge_outcome',
  'bridge_memory',
];

/** Every such metric that there is. */
export function selfMetrics(): string[] {
  const found: string[] = [...OF_ENGINES];
  const instrument =
    (isCounter: boolean) =>
    (name: string, { unit }: { unit?: string } = {}) => {
      const base = name.replaceAll('.', '_');
      found.push(`${base}${unit === 'By' ? '_bytes' : ''}${isCounter ? '_total' : ''}`);
      return { addCallback: () => undefined };
    };
  const meter = {
    createObservableCounter: instrument(true),
    createObservableGauge: instrument(false),
    addBatchObservableCallback: () => undefined,
  };
  const unread = (): Promise<Readings> => Promise.reject(new Error('Nothing is read here'));
  registerInstruments(meter as unknown as Meter, createWorkMeter(), unread);
  return found;
}
