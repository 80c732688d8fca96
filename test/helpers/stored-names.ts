import type { MetricDefinition } from '../../otel-bridge/projections/metric-definition.ts';

const SUFFIXES: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', USD: '_USD' };

/** Names that a metric has in Prometheus, as its OTLP receiver translates them. */
export function storedNames(metric: string, { kind, unit }: MetricDefinition): string[] {
  const base = metric.replaceAll('.', '_');
  const suffix = unit === '1' && kind === 'gauge' ? '_ratio' : (SUFFIXES[unit] ?? '');
  if (kind === 'histogram') return ['_bucket', '_sum', '_count'].map((part) => `${base}${suffix}${part}`);
  return [`${base}${suffix}${kind === 'counter' ? '_total' : ''}`];
}
