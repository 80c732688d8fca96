import * as units from '@grafana/grafana-foundation-sdk/units';

/** Units of the quantities that dashboards show, by Grafana's id. */
export const UNITS = {
  count: units.Short,
  tokens: units.Short,
  cost: units.Dollars,
  duration: units.Seconds,
  share: units.PercentUnit,
  /** Unix milliseconds, shown as "5 minutes ago". */
  age: units.DateTimeFromNow,
  /** Not a quantity. */
  text: 'string',
} as const;

/** Id of a unit of `UNITS`. */
export type Unit = (typeof UNITS)[keyof typeof UNITS];
