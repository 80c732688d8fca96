import type { AgentEnvironment } from './agent-target.ts';

/** Ways in which settings of an agent can be written. */
export const ENVIRONMENT_FORMATS = ['shell', 'fish', 'pwsh', 'dotenv', 'docker', 'json', 'settings'] as const;
export type EnvironmentFormat = (typeof ENVIRONMENT_FORMATS)[number];

/** Options of `renderEnvironment`. */
export interface RenderEnvironmentOptions {
  readonly format: EnvironmentFormat;
  /** Further `docker run` arguments, before the variables; used by `docker` alone. */
  readonly dockerArguments?: readonly string[];
}

/**
 * Writes an agent's variables, without a newline at the end.
 *
 * - `shell`, `fish`, `pwsh`: lines for `eval "$(...)"`, `| source` and `| Invoke-Expression`
 * - `dotenv`: `NAME=value` lines for env files. Docker and systemd take quotes literally, so there are none;
 *   no value that `monitor` makes needs them
 * - `docker`: arguments for `docker run` on one line, so that `docker run $(monitor env --format docker) ...` works
 * - `json`: one object; `settings`: the `env` object of an agent's settings.json
 */
export function renderEnvironment(
  environment: AgentEnvironment,
  { format, dockerArguments = [] }: RenderEnvironmentOptions,
): string {
  const pairs = Object.entries(environment);
  switch (format) {
    case 'shell':
      return pairs.map(([name, value]) => `export ${name}=${quoteForShell(value)}`).join('\n');
    case 'fish':
      return pairs.map(([name, value]) => `set -gx ${name} ${quoteForFish(value)}`).join('\n');
    case 'pwsh':
      return pairs.map(([name, value]) => `$env:${name} = '${value.replaceAll("'", "''")}'`).join('\n');
    case 'dotenv':
      return pairs.map(([name, value]) => `${name}=${value}`).join('\n');
    case 'docker':
      return [...dockerArguments, ...pairs.flatMap(([name, value]) => ['-e', `${name}=${value}`])]
        .map(quoteForShell)
        .join(' ');
    case 'json':
      return JSON.stringify(environment, null, 2);
    case 'settings':
      return JSON.stringify({ env: environment }, null, 2);
  }
}

/** Writes what takes the variables back. `docker` and `dotenv` have nothing to unset: an empty text. */
export function renderUnset(names: readonly string[], format: EnvironmentFormat): string {
  switch (format) {
    case 'shell':
      return `unset ${names.join(' ')}`;
    case 'fish':
      return names.map((name) => `set -e ${name}`).join('\n');
    case 'pwsh':
      return names.map((name) => `Remove-Item -ErrorAction SilentlyContinue Env:${name}`).join('\n');
    case 'json':
    case 'settings': {
      const nothing = Object.fromEntries(names.map((name) => [name, null]));
      return JSON.stringify(format === 'json' ? nothing : { env: nothing }, null, 2);
    }
    case 'docker':
    case 'dotenv':
      return '';
  }
}

function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function quoteForFish(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
