import { parse } from 'yaml';
import { CliError } from '../errors.ts';
import { isBranch, type RawSettings, type RawValue, type SettingsLayer, type SettingsPath } from './layer.ts';

/** What every variable starts with. */
const PREFIX = 'AGENT_MONITOR_';
/** Variables of others that name a path, by the setting that each stands for where ours says nothing. */
const FOREIGN_PATHS: Readonly<Record<string, SettingsPath>> = { OPENCLAW_REGISTRY: ['vms', 'registry'] };

/** Variables of the environment by the setting that each stands for: `ports.ui` is AGENT_MONITOR_PORTS_UI. */
export function environmentNames(known: RawSettings): ReadonlyMap<string, SettingsPath> {
  const names = new Map<string, SettingsPath>();
  const visit = (value: RawValue, path: readonly string[]): void => {
    if (path.length > 0) names.set(`${PREFIX}${path.join('_').toUpperCase()}`, path);
    if (isBranch(value)) for (const [key, below] of Object.entries(value)) visit(below, [...path, key]);
  };
  visit(known, []);
  return names;
}

/**
 * Settings in the environment, their values written as in YAML: `3001`, `30d`, `[127.0.0.1, 10.0.0.5]`.
 * Variables that stand for no setting belong to others and are left alone.
 * @param known every setting, see SETTINGS_DEFAULTS
 * @throws CliError SETTINGS_INVALID where a value is not YAML
 */
export function createEnvironmentLayer(env: Readonly<NodeJS.ProcessEnv>, known: RawSettings): SettingsLayer {
  const values: Record<string, RawValue> = {};
  const places = new Map<string, string>();
  for (const [name, path] of Object.entries(FOREIGN_PATHS)) {
    const text = env[name];
    if (!text) continue;
    setIn(values, path, text);
    places.set(path.join('.'), name);
  }
  for (const [name, path] of environmentNames(known)) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    setIn(values, path, parseValue(name, text));
    places.set(path.join('.'), name);
  }
  return {
    kind: 'environment',
    values,
    locate(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const name = places.get(path.slice(0, length).join('.'));
        if (name !== undefined) return name;
      }
      return undefined;
    },
  };
}

function parseValue(name: string, text: string): RawValue {
  try {
    return parse(text);
  } catch (error) {
    throw new CliError(
      'SETTINGS_INVALID',
      `Cannot read settings: ${name} is "${text}", expected a value as in YAML`,
      {
        cause: error,
      },
    );
  }
}

function setIn(target: Record<string, RawValue>, path: SettingsPath, value: RawValue): void {
  let branch = target;
  for (const key of path.slice(0, -1)) {
    const below = branch[key];
    const next: Record<string, RawValue> = isBranch(below) ? { ...below } : {};
    branch[key] = next;
    branch = next;
  }
  const last = path.at(-1);
  if (last !== undefined) branch[last] = value;
}
