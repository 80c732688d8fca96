import { isBranch, type RawSettings, type RawValue, type SettingsLayer, type SettingsPath } from './layer.ts';

/** Layers put together, and who said what. */
export interface MergedSettings {
  readonly values: RawSettings;
  /** The layer that decided about a setting, or about the nearest one above it. */
  layerOf(path: SettingsPath): SettingsLayer | undefined;
}

/** Puts layers together, lowest first: objects key by key, everything else (lists too) as a whole. */
export function mergeLayers(layers: readonly SettingsLayer[]): MergedSettings {
  const decided = new Map<string, SettingsLayer>();
  let values: RawSettings = {};
  for (const layer of layers) values = mergeBranch(values, layer.values, [], layer, decided);
  return {
    values,
    layerOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const layer = decided.get(keyOf(path.slice(0, length)));
        if (layer !== undefined) return layer;
      }
      return undefined;
    },
  };
}

function mergeBranch(
  below: RawSettings,
  above: RawSettings,
  path: SettingsPath,
  layer: SettingsLayer,
  decided: Map<string, SettingsLayer>,
): RawSettings {
  const merged: Record<string, RawValue> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const here = [...path, key];
    const old = merged[key];
    const isEmpty = isBranch(value) && Object.keys(value).length === 0;
    // An empty object changes nothing below it, but says that the key is there.
    merged[key] = isBranch(value)
      ? mergeBranch(isBranch(old) ? old : {}, value, here, layer, decided)
      : value;
    if (!isBranch(value) || isEmpty) decided.set(keyOf(here), layer);
  }
  return Object.freeze(merged);
}

function keyOf(path: SettingsPath): string {
  return JSON.stringify(path);
}
