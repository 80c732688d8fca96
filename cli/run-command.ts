import type { CommandContext, CommandResult } from './command.ts';
import { writeCrashReport } from './crash-report.ts';
import { exitCodeOf, toCliError } from './errors.ts';
import type { TextStream } from './output/output.ts';
import { renderError } from './output/render-error.ts';
import { toResultDocument } from './output/result-document.ts';
import type { ParsedCommand } from './program.ts';

/**
 * Runs a verb and prints what it did or why it failed.
 * @returns the exit code
 */
export async function runCommand(
  { verb, command, input }: ParsedCommand,
  context: CommandContext,
  stdout: TextStream,
  stderr: TextStream,
): Promise<number> {
  let result: CommandResult;
  try {
    if (command.run === undefined) throw new Error(`"${command.name}" has nothing to run`);
    result = await command.run(input, context);
  } catch (error) {
    // What a signal interrupts may fail in any way; the signal is the reason.
    const cause: unknown = context.signal.aborted ? context.signal.reason : error;
    result = { data: null, text: null, failure: toCliError(cause) };
  }
  const failure = result.failure ?? null;
  const exitCode = result.exitCode ?? (failure === null ? 0 : exitCodeOf(failure.code));
  const isStream = failure === null && result.data === undefined;
  if (context.globals.json) {
    if (isStream) return exitCode;
    const document = toResultDocument(verb.join('.'), result.data ?? failure?.data, failure);
    stdout.write(`${JSON.stringify(document)}\n`);
  } else if (result.text !== null && result.text !== '') {
    stdout.write(`${result.text}\n`);
  }
  if (failure !== null) {
    // Whoever sent the signal knows.
    const isSignal = failure.code === 'INTERRUPTED' || failure.code === 'TERMINATED';
    if (!context.globals.json && !isSignal)
      stderr.write(`${renderError(failure, context.output.errorColors)}\n`);
    if (failure.code === 'BUG') {
      const report = await writeCrashReport(context.paths.logDir, context.version, failure);
      stderr.write(`This is a bug of monitor. Details are in ${report}\n`);
    }
  }
  return exitCode;
}
