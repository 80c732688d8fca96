import type { AgentEnvironment } from './agent-target.ts';

/** Ways in which settings of an agent can be written. */
export const ENVIRONMENT_FORMATS = ['shell', 'fish', 'pwsh', 'dotenv', 'docker', 'json', 'settings'] as const;
export type EnvironmentFormat = (typeof ENVIRONMENT_FORMATS)[number];

/** Options of `renderEnvironment`. */
export interface RenderEnvironmentOptions {
  readonly format: EnvironmentFormat;
  /** Further `docker run` arguments, before the variables; used by `docker` alone. */
  readonly dockerArguments?: readonly string[];
  /** The agent's command, where it needs arguments as well; shells get a function of its name. */
  readonly command?: AgentCommand | undefined;
}

/** A command that is always to be given some arguments. */
export interface AgentCommand {
  readonly name: string;
  readonly arguments: readonly string[];
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
  { format, dockerArguments = [], command }: RenderEnvironmentOptions,
): string {
  const pairs = Object.entries(environment);
  const functions = command === undefined ? [] : [renderFunction(command, format)];
  switch (format) {
    case 'shell':
      return [...pairs.map(([name, value]) => `export ${name}=${quoteForShell(value)}`), ...functions].join(
        '\n',
      );
    case 'fish':
      return [...pairs.map(([name, value]) => `set -gx ${name} ${quoteForFish(value)}`), ...functions].join(
        '\n',
      );
    case 'pwsh':
      return [...pairs.map(([name, value]) => `$env:${name} = ${quoteForPwsh(value)}`), ...functions].join(
        '\n',
      );
    case 'dotenv':
      return pairs.map(([name, value]) => `${name}=${value}`).join('\n');
    case 'docker':
      return [...dockerArguments, ...pairs.flatMap(([name, value]) => ['-e', `${name}=${value}`])]
        .map(quoteForSplitting)
        .join(' ');
    case 'json':
      return JSON.stringify(environment, null, 2);
    case 'settings':
      return JSON.stringify({ env: environment }, null, 2);
  }
}

/**
 * Writes what takes the variables back, and the function of that name. `docker` and `dotenv` have nothing to unset: an
 * empty text.
 */
export function renderUnset(names: readonly string[], format: EnvironmentFormat, command?: string): string {
  const lines = (unset: readonly string[], unsetFunction: string): string =>
    [...unset, ...(command === undefined ? [] : [unsetFunction])].join('\n');
  switch (format) {
    case 'shell':
      return lines([`unset ${names.join(' ')}`], `unset -f ${command}`);
    case 'fish':
      return lines(
        names.map((name) => `set -e ${name}`),
        `functions -e ${command}`,
      );
    case 'pwsh':
      return lines(
        names.map((name) => `Remove-Item -ErrorAction SilentlyContinue Env:${name}`),
        `Remove-Item -ErrorAction SilentlyContinue Function:${command}`,
      );
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

/** A function in place of the command, which gives it its arguments before those of the user. */
function renderFunction(command: AgentCommand, format: EnvironmentFormat): string {
  const { name } = command;
  const given = (quote: (text: string) => string): string => command.arguments.map(quote).join(' ');
  switch (format) {
    case 'fish':
      return `function ${name}; command ${name} ${given(quoteForFish)} $argv; end`;
    case 'pwsh':
      return `function ${name} { & (Get-Command ${name} -CommandType Application)[0] ${given(quoteForPwsh)} @args }`;
    default:
      return `${name}() { command ${name} ${given(quoteForShell)} "$@"; }`;
  }
}

function quoteForPwsh(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A shell splits what `$(...)` gave at blanks and takes everything else, quotes too, as it is. */
function quoteForSplitting(text: string): string {
  return /[\s*?[]/.test(text) ? quoteForShell(text) : text;
}

function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function quoteForFish(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
