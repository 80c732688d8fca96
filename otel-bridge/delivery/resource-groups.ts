import type { Attributes, AttributeValue } from '../domain/outbox.ts';
import { anyValue } from '../otlp/attributes.ts';
import type { KeyValue } from '../otlp/types.ts';

/** Version of the program: the instrumentation scope of what it says. */
export interface ScopeInfo {
  readonly name: string;
  readonly version: string;
}

/** Records of one resource, in lane order. */
export interface ResourceGroup<Item> {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly items: readonly Item[];
}

/** Groups by resource, in order of first appearance; equal resources share one entry of the request. */
export function groupByResource<Item extends { readonly resource: Attributes }>(
  items: readonly Item[],
): ResourceGroup<Item>[] {
  const groups = Map.groupBy(items, ({ resource }) => JSON.stringify(resource));
  return [...groups.values()].map((group) => ({
    resource: { attributes: toKeyValues(group[0]?.resource ?? {}) },
    items: group,
  }));
}

/** Attributes of a record -> OTLP, in their order: equal records give equal bytes. */
export function toKeyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(toPlain(value)) }));
}

function toPlain(value: AttributeValue): string | number | boolean | string[] {
  return typeof value === 'object' ? [...value] : value;
}
