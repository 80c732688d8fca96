import type { UsageDimension } from '../../domain/read-model.ts';

/** Dimensions of usage that facts keep in their column `data`, and daily sums in `dimensions`. */
export const DATA_DIMENSIONS = [
  'query_source',
  'subagent',
  'skill',
  'plugin',
  'mcp_server',
  'mcp_tool',
  'effort',
  'speed',
  'provider',
] as const satisfies readonly UsageDimension[];

/** One of `DATA_DIMENSIONS`. */
export type DataDimension = (typeof DATA_DIMENSIONS)[number];

/** True for a dimension that a fact keeps in its column `data`. */
export function isDataDimension(dimension: UsageDimension): dimension is DataDimension {
  return DATA_DIMENSIONS.some((name) => name === dimension);
}
