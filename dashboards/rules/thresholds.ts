/**
 * From where on alerts fire, by their names in `alerts.thresholds` of the settings; each fires when there is more than
 * its number. Shares are from 0 to 1.
 */
export const ALERT_THRESHOLDS = {
  /** Minutes that a state (something is down, full or behind) has to last. Counts of what happened fire at once. */
  for_minutes: 5,
  /** The rest of a budget is spent within so many hours if the last hour goes on. */
  budget_hours_left: 2,
  /** Share of model calls that failed in 15 minutes. */
  error_share: 0.25,
  /** With fewer model calls in 15 minutes their share says nothing. */
  error_calls: 10,
  /** Model calls in 15 minutes that a rate limit refused. */
  rate_limits: 3,
  /** Tool calls that failed in 5 minutes. */
  tool_failures: 10,
  /** Guardrails broken in 15 minutes. */
  guardrail_violations: 0,
  /** Requests to other machines that were denied in 15 minutes. */
  denied_egress: 0,
  /** Percent of a rate limit that its agent says are used. */
  rate_limit_percent: 90,
  /** Minutes without an event while a session goes on. */
  stuck_minutes: 15,
  /** Share of its window that a context fills. */
  context_share: 0.9,
  /** Hours without an event of an agent that is known from the days before. */
  no_data_hours: 72,
  /** Share of a guest's file system. */
  vm_disk_share: 0.9,
  /** Share of a guest's memory. */
  vm_memory_share: 0.95,
  /** Share of the last 5 minutes in which a virtual CPU was ready and not let. */
  vm_steal_share: 0.2,
  /** Hours that a machine counts as missed after it ran; later it is off on purpose. */
  vm_down_hours: 1,
  /** Requests that the Collector refused or could not pass on in 5 minutes, counted in records. */
  collector_refused: 0,
  /** Share of the series that the Collector can sum up. */
  collector_streams_share: 0.9,
  /** Minutes in which nothing came from the bridge; it speaks every three intervals of `telemetry.metric_interval`. */
  bridge_silent_minutes: 3,
  /** Records that wait for a target. */
  delivery_lag: 10_000,
  /** Events that wait for projection. */
  projection_lag: 10_000,
  /** Records that a target refused for good. */
  dead_letters: 0,
  /** The disk is full within so many hours if the last six go on. */
  disk_hours_left: 24,
  /** Share of `retention.metrics_size` that Prometheus fills. */
  metrics_size_share: 0.9,
} as const satisfies Record<string, number>;

/** Name of a threshold. */
export type ThresholdName = keyof typeof ALERT_THRESHOLDS;

/** Thresholds in force; null leaves the alert out. */
export type AlertThresholds = Readonly<Record<Exclude<ThresholdName, 'for_minutes'>, number | null>> & {
  readonly for_minutes: number;
};
