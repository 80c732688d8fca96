import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TablePanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { Store } from './datasources.ts';
import { cellLink } from './links.ts';
import { describe, type PanelText, refId } from './panel-text.ts';
import { eventsNow, rowsNow } from './queries.ts';
import type { Unit } from './units.ts';

/** A column that one query fills. */
export interface TableColumn {
  readonly title: string;
  /** Query of the table's store; its result has the labels of the table's keys and no other. */
  readonly expr: string;
  readonly unit: Unit;
  /** True where it is asked for its keys alone. @default false */
  readonly isHidden?: boolean;
}

/** What a table shows. */
export interface TableDefinition {
  /** Which store all columns ask. @default prometheus */
  readonly store?: Store;
  /** Columns that name a row: label -> title. */
  readonly keys: Readonly<Record<string, string>>;
  readonly columns: readonly TableColumn[];
  /** Title of the column by which rows are sorted, largest first unless said otherwise. */
  readonly sortBy: string;
  /** @default false */
  readonly isAscending?: boolean;
}

/** A table with one row per combination of the keys; a cell without value is empty. */
export function tablePanel(
  text: Omit<PanelText, 'unit'>,
  { store = 'prometheus', keys, columns, sortBy, isAscending = false }: TableDefinition,
): TablePanelBuilder {
  const titles = new Map(Object.entries(keys));
  for (const [index, { title }] of columns.entries()) titles.set(`Value #${refId(index)}`, title);
  const hidden = columns.flatMap(({ isHidden = false }, index) =>
    isHidden ? [[`Value #${refId(index)}`, true]] : [],
  );
  const [firstColumn] = columns;
  if (firstColumn === undefined)
    throw new Error(`Table "${text.title}" has no column, expected at least one`);
  const panel = describe(
    new TablePanelBuilder(),
    { ...text, unit: firstColumn.unit },
    columns.map(({ expr }) => (store === 'loki' ? eventsNow(expr, '') : rowsNow(expr))),
  );
  // Loki answers with a frame per row, its keys as labels of the value.
  if (store === 'loki') panel.withTransformation({ id: 'labelsToFields', options: { mode: 'columns' } });
  panel
    // Rows of all queries with equal keys become one.
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true, ...Object.fromEntries(hidden) },
        indexByName: Object.fromEntries([...titles.keys()].map((name, index) => [name, index])),
        renameByName: Object.fromEntries(titles),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(sortBy).desc(!isAscending)]);
  for (const [label, title] of Object.entries(keys)) {
    const link = cellLink(label, { keys, columns });
    const links = link === undefined ? [] : [{ id: 'links', value: [link] }];
    panel.overrideByName(title, [{ id: 'unit', value: 'string' }, ...links]);
  }
  for (const { title, unit } of columns) panel.overrideByName(title, [{ id: 'unit', value: unit }]);
  return panel;
}
