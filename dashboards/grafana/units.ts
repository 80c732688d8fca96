import * as units from '@grafana/grafana-foundation-sdk/units';

/** Units of the quantities that dashboards show, by Grafana's id. */
export const UNITS = {
  count: units.Short,
  tokens: units.Short,
  cost: units.Dollars,
  duration: units.Seconds,
  /** As events tell durations. */
  milliseconds: units.Milliseconds,
  share: units.PercentUnit,
  sizeBytes: units.BytesIEC,
  perSecond: units.CountsPerSecond,
  bytesPerSecond: units.BytesPerSecondIEC,
  /** Unix milliseconds, shown as "5 minutes ago". */
  age: units.DateTimeFromNow,
  /** Unix milliseconds, shown as date and time. */
  moment: units.DatetimeLocal,
  /** Not a quantity. */
  text: 'string',
} as const;

/** Id of a unit of `UNITS`. */
export type Unit = (typeof UNITS)[keyof typeof UNITS];
