import { CliError } from '../errors.ts';
import { SETTINGS_DEFAULTS } from './defaults.ts';
import { nearestWord } from './nearest-word.ts';

/**
 * Reads `--port NAME=N` flags.
 * @throws CliError USAGE naming the nearest port, or what is wanted
 */
export function parsePortFlags(flags: readonly string[]): Readonly<Record<string, number>> {
  const names = Object.keys(SETTINGS_DEFAULTS.ports);
  const ports: Record<string, number> = {};
  for (const flag of flags) {
    const [, written = '', number = ''] = /^([\w-]+)=(\d+)$/.exec(flag) ?? [];
    if (written === '')
      throw new CliError('USAGE', `--port is "${flag}", expected NAME=NUMBER, for instance grafana=3001`);
    const name = written.replaceAll('-', '_');
    if (!names.includes(name)) {
      const near = nearestWord(name, names);
      const hint = near === undefined ? `expected one of ${names.join(', ')}` : `did you mean "${near}"?`;
      throw new CliError('USAGE', `--port names "${written}", which is no port, ${hint}`);
    }
    const port = Number(number);
    if (port < 1 || port > 65_535) {
      throw new CliError('USAGE', `--port ${written} is ${number}, expected a whole number from 1 to 65535`);
    }
    ports[name] = port;
  }
  return ports;
}
