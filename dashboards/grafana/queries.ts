import { DataqueryBuilder as LokiQueryBuilder, LokiQueryType } from '@grafana/grafana-foundation-sdk/loki';
import {
  DataqueryBuilder as PrometheusQueryBuilder,
  PromQueryFormat,
} from '@grafana/grafana-foundation-sdk/prometheus';
import { datasource, type Store } from './datasources.ts';

/** A query and the store that answers it. */
export interface Query {
  readonly store: Store;
  readonly builder: PrometheusQueryBuilder | LokiQueryBuilder;
}

/** PromQL at the end of the range. @param legend name of the value; with `{{label}}` names of the values. */
export function valueNow(expr: string, legend: string): Query {
  return { store: 'prometheus', builder: promql(expr).instant().legendFormat(legend) };
}

/** PromQL at the end of the range, as rows of a table. */
export function rowsNow(expr: string): Query {
  return { store: 'prometheus', builder: promql(expr).instant().format(PromQueryFormat.Table) };
}

/** PromQL over time. */
export function overTime(expr: string, legend: string): Query {
  return { store: 'prometheus', builder: promql(expr).range().legendFormat(legend) };
}

/** PromQL over time of a histogram's buckets, by `le`. */
export function buckets(expr: string): Query {
  return {
    store: 'prometheus',
    builder: promql(expr).range().format(PromQueryFormat.Heatmap).legendFormat('{{le}}'),
  };
}

/** LogQL that counts, at the end of the range. */
export function eventsNow(expr: string, legend: string): Query {
  return { store: 'loki', builder: logql(expr).queryType(LokiQueryType.Instant).legendFormat(legend) };
}

/** LogQL that counts, over time. */
export function eventsOverTime(expr: string, legend: string): Query {
  return { store: 'loki', builder: logql(expr).queryType(LokiQueryType.Range).legendFormat(legend) };
}

/** LogQL that selects records; the newest `maxLines` of them. */
export function records(expr: string, maxLines: number): Query {
  return { store: 'loki', builder: logql(expr).queryType(LokiQueryType.Range).maxLines(maxLines) };
}

function promql(expr: string): PrometheusQueryBuilder {
  return new PrometheusQueryBuilder().datasource(datasource('prometheus')).expr(expr);
}

function logql(expr: string): LokiQueryBuilder {
  return new LokiQueryBuilder().datasource(datasource('loki')).expr(expr);
}
