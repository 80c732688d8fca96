import { CliError } from '../errors.ts';
import { SETTINGS_DEFAULTS } from './defaults.ts';
import { describeIssues } from './describe-issues.ts';
import { createEnvironmentLayer } from './environment-layer.ts';
import { readFileLayer } from './file-layer.ts';
import { findContradictions } from './find-contradictions.ts';
import type { RawSettings, SettingsLayer, SettingsOrigin, SettingsPath } from './layer.ts';
import { mergeLayers } from './merge-layers.ts';
import { type Settings, settingsSchema } from './schema.ts';

/** The flag layer: some settings, as settings.yaml would write them. */
export type SettingsOverrides = RawSettings;

/** Settings in force. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** The same as settings.yaml would write them. */
  readonly raw: RawSettings;
  /** Where a setting's value comes from. */
  originOf(path: SettingsPath): SettingsOrigin;
}

/** What `loadSettings` reads. */
export interface LoadSettingsOptions {
  readonly file: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly overrides?: SettingsOverrides;
}

/**
 * Reads settings: default < file < environment < flag.
 * @throws CliError SETTINGS_INVALID, naming file, line, key and what is wanted
 */
export async function loadSettings(options: LoadSettingsOptions): Promise<LoadedSettings> {
  const file = await readFileLayer(options.file);
  const layers = [
    fixedLayer('default', SETTINGS_DEFAULTS),
    ...(file === null ? [] : [file]),
    createEnvironmentLayer(options.env, SETTINGS_DEFAULTS),
    fixedLayer('flag', options.overrides ?? {}),
  ];
  return resolveSettings(layers, options.file);
}

/** Settings of someone who never wrote any. */
export function defaultSettings(): LoadedSettings {
  return resolveSettings([fixedLayer('default', SETTINGS_DEFAULTS)], 'default');
}

/** Puts layers together and checks them; `file` is the name in errors. @throws CliError SETTINGS_INVALID */
export function resolveSettings(layers: readonly SettingsLayer[], file: string): LoadedSettings {
  const merged = mergeLayers(layers);
  const result = settingsSchema.safeParse(merged.values);
  if (!result.success) throw invalid(file, describeIssues(result.error.issues, merged, settingsSchema));
  const settings = deepFreeze(result.data);
  const contradictions = findContradictions(settings).map(({ path, text }) => {
    const place = merged.layerOf(path)?.locate(path);
    return place === undefined ? text : `${place}: ${text}`;
  });
  if (contradictions.length > 0) throw invalid(file, contradictions);
  return {
    settings,
    raw: merged.values,
    originOf(path) {
      const layer = merged.layerOf(path);
      return { kind: layer?.kind ?? 'default', place: layer?.locate(path) ?? null };
    },
  };
}

function invalid(file: string, problems: readonly string[]): CliError {
  const [first = '', ...more] = problems;
  return new CliError('SETTINGS_INVALID', `Cannot read settings "${file}": ${first}`, {
    details: more,
    fix: [`edit "${file}" (monitor config show prints what is in force)`],
    data: { file, problems },
  });
}

/** Settings that stand in no file. */
export function fixedLayer(kind: 'default' | 'flag', values: RawSettings): SettingsLayer {
  return { kind, values, locate: () => (kind === 'flag' ? 'command line' : undefined) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const below of Object.values(value)) deepFreeze(below);
    Object.freeze(value);
  }
  return value;
}
