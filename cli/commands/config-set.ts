import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { SETTINGS_DEFAULTS } from '../settings/defaults.ts';
import { parseFileLayer } from '../settings/file-layer.ts';
import type { RawValue } from '../settings/layer.ts';
import { fixedLayer, resolveSettings } from '../settings/load-settings.ts';
import { renderReplacedSetting } from '../stack/edit-settings.ts';
import { writeFileAtomic } from '../stack/write-file-atomic.ts';

/** `monitor config set KEY VALUE`: changes settings.yaml; comments and everything else stay. */
export const setCommand: Command = {
  name: 'set',
  summary: 'change one setting in settings.yaml; comments stay',
  examples: [
    'monitor config set ports.grafana 3001',
    'monitor config set retention.journal 30d',
    'monitor config set listen "[127.0.0.1, 10.0.0.5]"',
  ],
  declare(commander) {
    commander
      .argument('<key>', 'with dots: ports.ui')
      .argument('<value>', 'as in YAML: 3001, 30d, true, null, [a, b]');
  },
  async run({ args: [key = '', text = ''] }, context) {
    const { settingsFile } = context.paths;
    const value = parseValue(key, text);
    const before = await readSettings(settingsFile);
    const edited = replaceSetting(before, key, value);
    // What would not be accepted is never written; the message names the line that it would have.
    resolveSettings(
      [fixedLayer('default', SETTINGS_DEFAULTS), parseFileLayer(edited, settingsFile)],
      settingsFile,
    );
    const isChanged = edited !== before;
    if (isChanged) await writeFileAtomic(settingsFile, edited, 0o600);
    const { kind } = (await context.loadSettings()).originOf(key.split('.'));
    const hides = kind === 'environment' ? '; a variable of the environment hides it' : '';
    return {
      data: { file: settingsFile, key, value, changed: isChanged },
      text: isChanged
        ? `${key}: ${stringify(value, { collectionStyle: 'flow' }).trim()} is in "${settingsFile}"${hides}. It counts from the next "monitor up" on.`
        : `"${settingsFile}" says so already${hides}.`,
    };
  },
};

function parseValue(key: string, text: string): RawValue {
  try {
    return parse(text) as RawValue;
  } catch (error) {
    throw new CliError('USAGE', `Cannot set "${key}" to "${text}": expected a value as in YAML`, {
      cause: error,
    });
  }
}

function replaceSetting(text: string, key: string, value: RawValue): string {
  try {
    return renderReplacedSetting(text, key.split('.'), value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliError('USAGE', `Cannot set "${key}": ${error.message}. Expected a key such as ports.ui`, {
      cause: error,
    });
  }
}

async function readSettings(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CliError('NOT_FOUND', `Cannot set anything in "${file}": there is no such file`, {
      fix: ['monitor init'],
      cause: error,
    });
  }
}
