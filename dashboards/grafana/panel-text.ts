import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { datasource } from './datasources.ts';
import type { Query } from './queries.ts';
import type { Unit } from './units.ts';

/** What every panel says of itself. None of it may be left out. */
export interface PanelText {
  /** Unique in its dashboard, and kept when the panel moves: links to a panel carry it. */
  readonly id: number;
  /** The quantity, and over which time. */
  readonly title: string;
  /** What is shown, from which source, and when being empty is normal. */
  readonly description: string;
  readonly unit: Unit;
  /** Shown in place of a value where there is none: what that means. */
  readonly noValue: string;
}

/** The part of the panel builders that `describe` needs; each type of panel has its own class. */
interface PanelBuilder {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  noValue(noValue: string): this;
  datasource(datasource: DataSourceRef): this;
  withTarget(target: Query['builder']): this;
}

/** Gives a panel its text and its queries (A, B, ...), which all ask one store. */
export function describe<B extends PanelBuilder>(builder: B, text: PanelText, queries: readonly Query[]): B {
  const [first] = queries;
  if (first === undefined) throw new Error(`Panel "${text.title}" has no query, expected at least one`);
  builder
    .id(text.id)
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .noValue(text.noValue)
    .datasource(datasource(first.store));
  for (const [index, query] of queries.entries()) builder.withTarget(query.builder.refId(refId(index)));
  return builder;
}

/** Name of the n-th query of a panel: A, B, ... */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
