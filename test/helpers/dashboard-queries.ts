/** The dashboards' queries as Grafana would send them: taken out of the JSON, variables filled in. */
import { z } from 'zod';
import { buildDashboards } from '../../dashboards/grafana/index.ts';

const targetSchema = z.looseObject({
  refId: z.string(),
  expr: z.string(),
  datasource: z.object({ type: z.enum(['prometheus', 'loki']), uid: z.string() }),
  instant: z.boolean().optional(),
  queryType: z.string().optional(),
  format: z.string().optional(),
});
const overrideSchema = z.object({
  matcher: z.object({ id: z.string(), options: z.unknown() }),
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});
const panelSchema = z.looseObject({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  options: z.looseObject({}).optional(),
  fieldConfig: z
    .object({
      defaults: z.looseObject({ unit: z.string().optional(), noValue: z.string().optional() }),
      overrides: z.array(overrideSchema),
    })
    .optional(),
  targets: z.array(targetSchema).optional(),
  transformations: z.array(z.looseObject({ id: z.string() })).optional(),
});
const variableSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  label: z.string(),
  query: z.union([z.string(), z.object({ query: z.string() }).transform(({ query }) => query)]),
});
const dashboardSchema = z.looseObject({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  editable: z.boolean(),
  refresh: z.string(),
  links: z.array(z.looseObject({ type: z.string(), keepTime: z.boolean(), includeVars: z.boolean() })),
  templating: z.object({ list: z.array(variableSchema) }),
  annotations: z.object({
    list: z.array(
      z.looseObject({
        name: z.string(),
        enable: z.boolean(),
        datasource: z.object({ uid: z.string() }),
        target: z.looseObject({ expr: z.string() }),
      }),
    ),
  }),
  panels: z.array(panelSchema),
});

/** A dashboard as its JSON says. */
export type DashboardJson = z.infer<typeof dashboardSchema>;
/** A panel, or a row's heading, as its JSON says. */
export type PanelJson = z.infer<typeof panelSchema>;

/** A query of a panel. */
export interface PanelQuery {
  /** File, panel and query, for messages: `overview.json 4 "Cost, in range" A`. */
  readonly where: string;
  readonly panel: PanelJson;
  readonly refId: string;
  readonly store: 'prometheus' | 'loki';
  /** `now` = at the end of the range; `over time` = in steps; `records` = log lines. */
  readonly kind: 'now' | 'over time' | 'records';
  readonly expr: string;
}

/** What a query is asked with. */
export interface FillIn {
  readonly rangeMs: number;
  readonly stepMs: number;
  /** Selected values by variable; a variable that is not named is at All. */
  readonly selected?: Readonly<Record<string, readonly string[]>>;
}

/** All dashboards, by file name. */
export function dashboards(): Map<string, DashboardJson> {
  const files = Object.entries(buildDashboards());
  return new Map(files.map(([file, text]) => [file, dashboardSchema.parse(JSON.parse(text))]));
}

/** Queries of all panels of all dashboards. */
export function panelQueries(): PanelQuery[] {
  return [...dashboards()].flatMap(([file, { panels }]) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(
        ({ refId, expr, datasource, instant, queryType }): PanelQuery => ({
          where: `${file} ${panel.id} "${panel.title}" ${refId}`,
          panel,
          refId,
          store: datasource.type,
          kind:
            panel.type === 'logs'
              ? 'records'
              : instant === true || queryType === 'instant'
                ? 'now'
                : 'over time',
          expr,
        }),
      ),
    ),
  );
}

/** A `label_values(selector, label)` of a variable. */
export interface VariableQuery {
  readonly name: string;
  readonly selector: string;
  readonly label: string;
}

/** Queries that fill the variables of a dashboard, in order. */
export function variableQueries({ templating }: DashboardJson): VariableQuery[] {
  return templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      return { name, selector, label };
    });
}

/** Fills in variables as Grafana's Prometheus and Loki data sources do for variables with several values. */
export function fillIn(
  store: PanelQuery['store'],
  expr: string,
  { rangeMs, stepMs, selected = {} }: FillIn,
): string {
  const builtIn: Record<string, string> = {
    __range: `${rangeMs / 1000}s`,
    __range_s: `${rangeMs / 1000}`,
    __interval: `${stepMs / 1000}s`,
    // Four scrapes at least, as Grafana has it.
    __rate_interval: `${Math.max(120, stepMs / 1000)}s`,
    __auto: `${stepMs / 1000}s`,
  };
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const values = selected[name];
    return builtIn[name] ?? (values === undefined ? '.*' : asRegex(store, values));
  });
}

function asRegex(store: PanelQuery['store'], values: readonly string[]): string {
  // Twice escaped: once for the regular expression, once for the double quotes around it.
  const escaped = values.map((value) =>
    value.replaceAll('\\', '\\\\\\\\').replaceAll(/[$^*{}[\]'+?.()|]/g, '\\\\$&'),
  );
  return store === 'prometheus' && escaped.length > 1 ? `(${escaped.join('|')})` : escaped.join('|');
}
