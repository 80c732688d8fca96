import { type Alert, type AlertGroup, alertsOf } from './alert.ts';
import type { AlertThresholds } from './thresholds.ts';

/** What alerts about the stack depend on beside thresholds. */
export interface StackAlertOptions {
  readonly thresholds: AlertThresholds;
  /** False where the bridge does not tell of itself: what is never there is not missing. */
  readonly selfTelemetry: boolean;
  /** Bytes that have to be free on the journal's disk. */
  readonly warnDiskBytes: number;
}

/** The Collector counts by signal, each under a name of its own. */
const REFUSED = ['refused', 'failed'].flatMap((outcome) =>
  ['log_records', 'metric_points', 'spans'].map((signal) => `otelcol_receiver_${outcome}_${signal}`),
);

/** Not `increase()`: the series begins with the first data point that is dropped. */
const DROPPED = 'otelcol_deltatocumulative_datapoints{error="limit"}';

/** What goes wrong on the way of the data. */
export function stackAlerts({ thresholds, selfTelemetry, warnDiskBytes }: StackAlertOptions): AlertGroup {
  const { for_minutes, collector_refused, collector_streams_share, metrics_size_share } = thresholds;
  const shared = {
    dashboard: 'agent-monitor-stack-health',
    forSeconds: for_minutes * 60,
    severity: 'warning',
  } as const;
  return {
    name: 'stack',
    alerts: alertsOf([
      {
        ...shared,
        name: 'PartDown',
        severity: 'critical',
        expr: 'up == 0',
        summary: '{{ $labels.job }} does not answer',
        description: 'Prometheus cannot reach {{ $labels.instance }}.',
      },
      collector_refused !== null && {
        ...shared,
        name: 'CollectorRefuses',
        expr: REFUSED.map((name) => `sum by (receiver) (increase(${name}[5m])) > ${collector_refused}`).join(
          ' or ',
        ),
        summary: 'The Collector refuses data at {{ $labels.receiver }}',
        description:
          '{{ $value | humanize }} records in 5 minutes were refused or not taken by a store. The bridge keeps and resends them.',
      },
      collector_streams_share !== null && {
        ...shared,
        name: 'CollectorDropsSeries',
        severity: 'critical',
        expr: `otelcol_deltatocumulative_streams_tracked / otelcol_deltatocumulative_streams_limit > ${collector_streams_share} or ${DROPPED} - (${DROPPED} offset 15m or 0 * ${DROPPED}) > 0`,
        summary: "The Collector has hardly room for further series of the agents' own metrics",
        description:
          'Beyond max_streams of delta_to_cumulative what agents send is answered with success and dropped. The agent_* metrics are not concerned.',
      },
      ...(selfTelemetry ? bridgeAlerts(thresholds, warnDiskBytes) : []),
      metrics_size_share !== null && {
        ...shared,
        name: 'MetricsStoreNearlyFull',
        severity: 'info',
        expr: `prometheus_tsdb_storage_blocks_bytes / (prometheus_tsdb_retention_limit_bytes > 0) > ${metrics_size_share}`,
        summary: 'Prometheus has nearly filled what it may',
        description:
          '{{ $value | humanizePercentage }} of retention.metrics_size are used; then the oldest data go before retention.metrics is over.',
      },
    ]),
  };
}

/** What the bridge says about itself, and that it says something. */
function bridgeAlerts(thresholds: AlertThresholds, warnDiskBytes: number): readonly (Alert | false)[] {
  const { for_minutes, bridge_silent_minutes, delivery_lag, projection_lag, dead_letters, disk_hours_left } =
    thresholds;
  const shared = {
    dashboard: 'agent-monitor-stack-health',
    forSeconds: for_minutes * 60,
    severity: 'warning',
  } as const;
  return [
    bridge_silent_minutes !== null && {
      ...shared,
      name: 'BridgeSilent',
      severity: 'critical',
      expr: `absent_over_time(bridge_projection_lag[${Math.max(1, Math.round(bridge_silent_minutes * 60))}s])`,
      summary: 'Nothing comes from the bridge',
      description:
        'The bridge is down, or what it sends does not arrive. No other alert about agents can be trusted.',
    },
    delivery_lag !== null && {
      ...shared,
      name: 'DeliveryLags',
      expr: `bridge_delivery_lag > ${delivery_lag}`,
      summary: 'The queue for {{ $labels.bridge_target }} ({{ $labels.bridge_lane }}) fills',
      description:
        '{{ $value | humanize }} records wait. They are on disk and go out when the target takes them.',
    },
    projection_lag !== null && {
      ...shared,
      name: 'ProjectionLags',
      expr: `bridge_projection_lag > ${projection_lag}`,
      summary: 'The bridge falls behind with what it was sent',
      description: '{{ $value | humanize }} events are on disk and not counted yet: all figures are late.',
    },
    dead_letters !== null && {
      ...shared,
      name: 'DeadLetters',
      expr: `bridge_dead_letters > ${dead_letters}`,
      forSeconds: 0,
      summary: 'A target refused records for good',
      description: '{{ $value | humanize }} records are set aside.',
    },
    {
      ...shared,
      name: 'DiskNearlyFull',
      expr: `bridge_disk_free_bytes < ${warnDiskBytes}`,
      summary: 'Little space is left on the disk of the journal',
      description: '{{ $value | humanize1024 }}B are free; retention.warn_disk wants more.',
    },
    disk_hours_left !== null && {
      ...shared,
      name: 'DiskFills',
      expr: `predict_linear(bridge_disk_free_bytes[6h], ${disk_hours_left * 3600}) < 0 and bridge_disk_free_bytes offset 1h`,
      summary: `The disk of the journal is full within ${disk_hours_left} h`,
      description: 'If the last six hours go on.',
    },
  ];
}
