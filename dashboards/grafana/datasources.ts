import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DatasourceVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';

/** A store that panels ask; also its type in Grafana, and the uid under which the generated stack provisions it. */
export type Store = 'prometheus' | 'loki';

/** What dashboards have a variable for: the stores, and Jaeger, to which links lead. */
type Source = Store | 'jaeger';

const LABELS: Readonly<Record<Source, string>> = { prometheus: 'Prometheus', loki: 'Loki', jaeger: 'Jaeger' };

/** Reference to a store, through its variable: a dashboard works wherever its reader has the data. */
export function datasource(store: Store): DataSourceRef {
  return { type: store, uid: `\${${store}_datasource}` };
}

/** The variable that `datasource` refers to; it starts as the store of the generated stack. */
export function datasourceVariable(store: Source): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder(`${store}_datasource`)
    .label(`${LABELS[store]} data source`)
    .type(store)
    .current({ selected: true, text: LABELS[store], value: store });
}
