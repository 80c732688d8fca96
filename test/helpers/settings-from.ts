import { SETTINGS_DEFAULTS } from '../../cli/settings/defaults.ts';
import { parseFileLayer } from '../../cli/settings/file-layer.ts';
import type { RawSettings } from '../../cli/settings/layer.ts';
import { resolveSettings } from '../../cli/settings/load-settings.ts';
import type { Settings } from '../../cli/settings/schema.ts';

/** Settings as settings.yaml with this text would give them. */
export function settingsFrom(yaml: string): Settings {
  const defaults = {
    kind: 'default',
    values: SETTINGS_DEFAULTS as RawSettings,
    locate: () => undefined,
  } as const;
  return resolveSettings([defaults, parseFileLayer(yaml, 'settings.yaml')], 'settings.yaml').settings;
}
