import { Command as Commander, Option } from 'commander';
import type { Command, CommandInput } from './command.ts';
import type { CommandEntry } from './commands/index.ts';
import { toVerbTree } from './completion/verb-tree.ts';
import { CliError } from './errors.ts';

/** A verb that was recognised, with what was typed after it. */
export interface ParsedCommand {
  /** Path of the verb: `session list` is ['session', 'list']. */
  readonly verb: readonly string[];
  readonly command: Command;
  readonly input: CommandInput;
}

/** What the command line says. `text`: help or the version was asked for. */
export type ParsedArguments =
  | {
      readonly kind: 'command';
      readonly parsed: ParsedCommand;
      readonly globals: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'text'; readonly text: string };

/** Exit codes as `monitor help` ends with. */
const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 failed, 2 usage or settings, 3 not running, 4 degraded, 5 timed out,
6 prerequisite missing, 7 conflict, 70 a bug, 130/143 signals.`;

/**
 * Reads the command line. Only the verb that was called is loaded.
 * @param argv without program and script
 * @throws CliError USAGE
 */
export async function parseArguments(
  argv: readonly string[],
  entries: readonly CommandEntry[],
  version: string,
): Promise<ParsedArguments> {
  let text = '';
  let errorText = '';
  let parsed: ParsedCommand | null = null;
  const write = (part: string): void => {
    text += part;
  };
  const program = new Commander('monitor');
  program
    .description('Monitoring for AI coding agents: what runs, what it did, what it cost.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'examples and options')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES_HELP)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: (part) => {
        errorText += part;
      },
      getErrHelpWidth: () => 100,
      getOutHelpWidth: () => 100,
    });
  declareGlobals(program);
  const onParsed = (
    found: Omit<ParsedCommand, 'input'>,
    input: Omit<CommandInput, 'describeProgram'>,
  ): void => {
    parsed = { ...found, input: { ...input, describeProgram } };
  };
  const loaded = new Map<string, Command>();
  for (const { name, summary } of entries) program.command(name).summary(summary).description(summary);
  const declareVerb = async (commander: Commander): Promise<void> => {
    const entry = entries.find(({ name }) => name === commander.name());
    if (entry === undefined || loaded.has(entry.name)) return;
    const command = await entry.load();
    loaded.set(entry.name, command);
    declareCommand(commander, command, [command.name], onParsed);
  };
  const describeProgram = async () => {
    for (const commander of program.commands) await declareVerb(commander);
    return toVerbTree(program);
  };
  program.hook('preSubcommand', (_program, commander) => declareVerb(commander));
  try {
    await program.parseAsync([...helpAsOption(argv)], { from: 'user' });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return { kind: 'text', text: text.trimEnd() };
    // No verb, or only the first of two: what there is, is the answer.
    if (error.code === 'commander.help') return { kind: 'text', text: errorText.trimEnd() };
    throw new CliError('USAGE', usageMessage(error.message), {
      fix: [`monitor ${[...loaded.keys()].map((name) => `${name} `).join('')}--help`],
      cause: error,
    });
  }
  if (parsed === null) return { kind: 'text', text: program.helpInformation().trimEnd() };
  return { kind: 'command', parsed, globals: program.opts() };
}

function declareGlobals(program: Commander): void {
  program
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'say only what was asked for')
    .option('-v, --verbose', 'say more')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .option('-y, --yes', 'answer every question with yes')
    .option('--no-input', 'ask nothing')
    .option('--timeout <duration>', 'how long to wait, for instance 30s');
}

function declareCommand(
  commander: Commander,
  command: Command,
  verb: readonly string[],
  onParsed: (found: Omit<ParsedCommand, 'input'>, input: Omit<CommandInput, 'describeProgram'>) => void,
): void {
  commander
    .summary(command.summary)
    .description(command.summary)
    .helpOption('-h, --help', 'examples and options')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('before', `Examples:\n${command.examples.map((line) => `  ${line}`).join('\n')}\n`);
  command.declare?.(commander);
  for (const below of command.subcommands ?? []) {
    declareCommand(commander.command(below.name), below, [...verb, below.name], onParsed);
  }
  if (command.run === undefined) return;
  commander.action(() => {
    // Global options may stand behind the verb; commander hands them to the program.
    onParsed({ verb, command }, { args: commander.args, options: commander.opts() });
  });
}

/** `help up` is `up --help`. */
function helpAsOption(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/** Commander writes "error: unknown option '--x'\n(Did you mean --y?)". */
function usageMessage(message: string): string {
  return message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim();
}

function isCommanderError(
  error: unknown,
): error is Error & { readonly code: string; readonly exitCode: number } {
  return error instanceof Error && 'code' in error && 'exitCode' in error;
}
