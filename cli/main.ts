import { homedir, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import type { CommandContext, GlobalOptions } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { CliError, exitCodeOf, toCliError } from './errors.ts';
import { type ColorMode, createColors, wantsColors } from './output/colors.ts';
import { createOutput } from './output/output.ts';
import { renderError } from './output/render-error.ts';
import { toResultDocument } from './output/result-document.ts';
import { findPackageFiles } from './package-files.ts';
import { parseArguments } from './program.ts';
import { runCommand } from './run-command.ts';
import { DURATION_FORM, parseDuration } from './settings/duration.ts';
import { loadSettings } from './settings/load-settings.ts';
import { resolvePaths } from './settings/paths.ts';

/*
 * The `monitor` command. This file alone reads argv and the environment and sets the exit code.
 */

const globalsSchema = z.object({
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  color: z.enum(['auto', 'always', 'never']).default('auto'),
  yes: z.boolean().default(false),
  input: z.boolean().default(true),
  timeout: z.string().optional(),
});

const { argv, env, stdin, stdout, stderr } = process;

// A reader that has seen enough (`| head`) is no failure.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await main(argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  try {
    const packageFiles = findPackageFiles(import.meta.dirname);
    const arguments_ = await parseArguments(words, COMMANDS, packageFiles.version);
    if (arguments_.kind === 'text') {
      stdout.write(`${arguments_.text}\n`);
      return 0;
    }
    const raw = globalsSchema.parse(arguments_.globals);
    const globals = readGlobals(raw);
    const paths = resolvePaths({ env, userHome: homedir(), accountHome: accountHome(), cwd: process.cwd() });
    const output = createOutput({
      stdout,
      stderr,
      json: globals.json,
      quiet: globals.quiet,
      verbose: globals.verbose,
      stdoutColors: wantsColors({ mode: raw.color, env, isTerminal: stdout.isTTY }),
      stderrColors: wantsColors({ mode: raw.color, env, isTerminal: stderr.isTTY }),
    });
    const context: CommandContext = {
      globals,
      output,
      env,
      cwd: process.cwd(),
      stdin,
      paths,
      packageFiles,
      version: packageFiles.version,
      ...watchSignals(),
      loadSettings: (overrides) =>
        loadSettings({ file: paths.settingsFile, env, ...(overrides === undefined ? {} : { overrides }) }),
      confirm: (question) => confirm(question, globals),
    };
    return await runCommand(arguments_.parsed, context, stdout, stderr);
  } catch (error) {
    return reportEarlyFailure(toCliError(error), words);
  }
}

/** A user without an account entry (in a container) has $HOME alone. */
function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir();
  }
}

function readGlobals(raw: z.infer<typeof globalsSchema>): GlobalOptions {
  const timeout = raw.timeout === undefined ? null : parseDuration(raw.timeout);
  if (raw.timeout !== undefined && timeout === null) {
    throw new CliError('USAGE', `--timeout is "${raw.timeout}", expected ${DURATION_FORM}`);
  }
  return {
    json: raw.json,
    quiet: raw.quiet,
    verbose: raw.verbose,
    yes: raw.yes,
    interactive: raw.input && stdin.isTTY && stderr.isTTY,
    timeoutMs: timeout?.ms ?? null,
  };
}

/** The first signal asks the command to end, the second one ends it; unless the command takes them over. */
function watchSignals(): Pick<CommandContext, 'signal' | 'onSignal'> {
  const controller = new AbortController();
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  for (const [name, code] of [
    ['SIGINT', 'INTERRUPTED'],
    ['SIGTERM', 'TERMINATED'],
  ] as const) {
    process.on(name, () => {
      if (listeners.size > 0) {
        for (const listener of listeners) listener(name);
        return;
      }
      if (controller.signal.aborted) process.exit(exitCodeOf(code));
      controller.abort(new CliError(code, code === 'INTERRUPTED' ? 'Interrupted' : 'Terminated'));
    });
  }
  return {
    signal: controller.signal,
    onSignal(listener) {
      listeners.add(listener);
      const onHangup = (): void => listener('SIGHUP');
      process.on('SIGHUP', onHangup);
      return {
        [Symbol.dispose]() {
          listeners.delete(listener);
          process.removeListener('SIGHUP', onHangup);
        },
      };
    },
  };
}

async function confirm(question: string, globals: GlobalOptions): Promise<boolean> {
  if (globals.yes) return true;
  if (!globals.interactive) {
    throw new CliError('CONFIRMATION_NEEDED', `Cannot ask "${question}": there is no terminal`, {
      fix: ['add --yes'],
    });
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** A failure before there is a verb to run: the words decide how it is told. */
function reportEarlyFailure(error: CliError, words: readonly string[]): number {
  if (words.includes('--json')) {
    const verb = COMMANDS.find(({ name }) => words.includes(name))?.name ?? 'error';
    stdout.write(`${JSON.stringify(toResultDocument(verb, error.data, error))}\n`);
  } else {
    const mode: ColorMode = words.includes('--color=never') ? 'never' : 'auto';
    stderr.write(
      `${renderError(error, createColors(wantsColors({ mode, env, isTerminal: stderr.isTTY })))}\n`,
    );
  }
  return exitCodeOf(error.code);
}
