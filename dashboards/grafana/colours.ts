import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/**
 * Fixed colours, one meaning each: types of tokens keep theirs everywhere, red is for what failed. Names of Grafana's
 * palette, so that they fit light and dark themes; blue, orange and purple stay apart for colour-blind readers, and
 * legends name every series.
 */
const COLOURS: Readonly<Record<string, string>> = {
  input: 'blue',
  output: 'orange',
  cache_read: 'light-purple',
  cache_creation: 'dark-purple',
};

/** Colour of what failed. */
export const FAILED = 'red';

/** Overrides that give the series named in the shared map their colours. */
export function sharedColours(): { name: string; properties: DynamicConfigValue[] }[] {
  return Object.entries(COLOURS).map(([name, fixedColor]) => ({
    name,
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
  }));
}

/** Colour of what is near a limit. */
export const NEAR = 'orange';

/** Colour of what is well, where state is shown. */
export const WELL = 'green';

/** Colour of what is off on purpose. */
export const OFF = 'gray';

/** Lines across graphs. */
export const ANNOTATION = 'light-blue';
