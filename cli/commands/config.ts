import { stringify } from 'yaml';
import * as z from 'zod';
import type { Command } from '../command.ts';
import { isBranch, type RawSettings, type SettingsPath } from '../settings/layer.ts';
import type { LoadedSettings } from '../settings/load-settings.ts';
import { setCommand } from './config-set.ts';

const showOptionsSchema = z.object({ origin: z.boolean().default(false) });

const show: Command = {
  name: 'show',
  summary: 'print the settings in force',
  examples: ['monitor config show', 'monitor config show --origin'],
  declare(commander) {
    commander.option('--origin', 'say where each value comes from');
  },
  async run(input, context) {
    const { origin } = showOptionsSchema.parse(input.options);
    const loaded = await context.loadSettings();
    const origins = Object.fromEntries(
      leavesOf(loaded.raw).map((path) => [path.join('.'), loaded.originOf(path)]),
    );
    return {
      data: { file: context.paths.settingsFile, settings: loaded.raw, origins },
      text: origin
        ? renderOrigins(loaded)
        : stringify(loaded.raw, { flowCollectionPadding: false }).trimEnd(),
    };
  },
};

const path: Command = {
  name: 'path',
  summary: 'print where settings, data and state live',
  examples: ['monitor config path'],
  async run(_input, context) {
    const { paths } = context;
    const places = {
      settings: paths.settingsFile,
      stack: paths.stackDir,
      journal: paths.journalFile,
      state: paths.stateDir,
      logs: paths.logDir,
    };
    return {
      data: places,
      text: Object.entries(places)
        .map(([name, place]) => `${name.padEnd(9)} ${place}`)
        .join('\n'),
    };
  },
};

/** `monitor config show|path|set`. */
export const command: Command = {
  name: 'config',
  summary: 'show and set settings, where they come from and where things live',
  examples: ['monitor config show --origin', 'monitor config path', 'monitor config set ports.grafana 3001'],
  subcommands: [show, path, setCommand],
};

function renderOrigins(loaded: LoadedSettings): string {
  const lines = leavesOf(loaded.raw).map((path) => {
    const { kind, place } = loaded.originOf(path);
    const value = stringify(valueAt(loaded.raw, path), { collectionStyle: 'flow' }).trim();
    return { setting: `${path.join('.')}: ${value}`, origin: place === null ? kind : `${kind}, ${place}` };
  });
  const width = Math.min(60, Math.max(...lines.map(({ setting }) => setting.length)));
  return lines.map(({ setting, origin }) => `${setting.padEnd(width)}  # ${origin}`).join('\n');
}

function leavesOf(values: RawSettings, above: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(values).flatMap(([key, value]) =>
    isBranch(value) && Object.keys(value).length > 0 ? leavesOf(value, [...above, key]) : [[...above, key]],
  );
}

function valueAt(values: RawSettings, path: SettingsPath): unknown {
  return path.reduce<unknown>((value, key) => (isBranch(value) ? value[String(key)] : undefined), values);
}
