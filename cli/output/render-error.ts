import type { CliError } from '../errors.ts';
import type { Colors } from './colors.ts';

/** An error as a person reads it: what failed, the lines that explain it, what to do. No newline at the end. */
export function renderError(error: CliError, colors: Colors): string {
  return [
    `${colors.red('error:')} ${error.message}`,
    ...error.details.map((line) => `  ${colors.dim(line)}`),
    ...error.fix.map((line) => `  ${colors.bold('fix:')} ${line}`),
  ].join('\n');
}
