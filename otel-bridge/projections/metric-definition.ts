/** Kind and unit of a metric; bounds where it is a histogram. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** UCUM, as Prometheus derives its suffix from it. */
  readonly unit: string;
  readonly description: string;
  readonly bounds?: readonly number[];
}
