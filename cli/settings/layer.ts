/** Values as YAML has them. */
export type RawValue = unknown;

/** Settings by key, unchecked. */
export type RawSettings = Readonly<Record<string, RawValue>>;

/** Path of a setting: keys, and indexes within lists. */
export type SettingsPath = readonly (string | number)[];

/** Where a value comes from. */
export type LayerKind = 'default' | 'file' | 'environment' | 'flag';

/** Settings of one origin. Later layers win. */
export interface SettingsLayer {
  readonly kind: LayerKind;
  readonly values: RawSettings;
  /** Where exactly a value stands: `line 12`, `AGENT_MONITOR_PORTS_UI`; undefined where nothing more is known. */
  locate(path: SettingsPath): string | undefined;
}

/** Origin of one setting, for `config show --origin` and for errors. */
export interface SettingsOrigin {
  readonly kind: LayerKind;
  readonly place: string | null;
}

/** Whether a value has keys of its own that layers can set one by one. */
export function isBranch(value: RawValue): value is RawSettings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
