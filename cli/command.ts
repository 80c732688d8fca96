import type { Command as Commander } from 'commander';
import type { VerbTree } from './completion/verb-tree.ts';
import type { CliError } from './errors.ts';
import type { Output } from './output/output.ts';
import type { PackageFiles } from './package-files.ts';
import type { LoadedSettings, SettingsOverrides } from './settings/load-settings.ts';
import type { HomePaths } from './settings/paths.ts';

/** One verb of the command line. A file in commands/ exports it as `command`; commands/index.ts lists it. */
export interface Command {
  readonly name: string;
  /** One line, lower case, no full stop. */
  readonly summary: string;
  /** Command lines shown first in its help. */
  readonly examples: readonly string[];
  /** Declares arguments and options. Checking values is up to `run`. */
  declare?(commander: Commander): void;
  /** Verbs below this one, as in `session list`; then `run` is what the bare verb does. */
  readonly subcommands?: readonly Command[];
  /** Does it. @throws CliError for every failure that is not a bug. */
  run?(input: CommandInput, context: CommandContext): Promise<CommandResult>;
}

/** What a user typed after the verb. */
export interface CommandInput {
  /** Positional arguments in order; what follows `--` comes last. */
  readonly args: readonly string[];
  /** Options by their camel-case name, unchecked: parse them with zod. The global ones are in the context. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Every verb and option of the program; loads them all. */
  describeProgram(): Promise<VerbTree>;
}

/** What a command did. */
export interface CommandResult {
  /**
   * `data` of the JSON document. Keys never vanish: null instead. Undefined where `output.item` has said everything,
   * one object a line: then there is no document.
   */
  readonly data: unknown;
  /** What a person sees on stdout, without a newline at the end; null or empty for nothing. */
  readonly text: string | null;
  /** Where it was done and yet is not well (`status` of something degraded): printed, and decides the exit code. */
  readonly failure?: CliError | null;
  /** Where another program's exit code is passed through. */
  readonly exitCode?: number;
}

/** Options that every verb has. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Every question is answered with yes. */
  readonly yes: boolean;
  /** Questions may be asked: stdin and stderr are a terminal and `--no-input` was not given. */
  readonly interactive: boolean;
  /** `--timeout`; null where it was not given, and then the command's own default counts. */
  readonly timeoutMs: number | null;
}

/** Everything a command may use of the world outside. */
export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly output: Output;
  /** The process's environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  /** What another program pipes in. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly paths: HomePaths;
  readonly packageFiles: PackageFiles;
  /** Version of this package. */
  readonly version: string;
  /** Aborted by SIGINT and SIGTERM; its reason is the CliError to end with. */
  readonly signal: AbortSignal;
  /** Takes over SIGINT, SIGTERM and SIGHUP until it is disposed: `signal` hears nothing meanwhile. */
  onSignal(listener: (signal: NodeJS.Signals) => void): Disposable;
  /**
   * Settings in force. `overrides` are the flag layer (`{ports: {grafana: 3001}}`).
   * @throws CliError SETTINGS_INVALID
   */
  loadSettings(overrides?: SettingsOverrides): Promise<LoadedSettings>;
  /**
   * Asks a yes-or-no question on the terminal.
   * @throws CliError CONFIRMATION_NEEDED where nothing may be asked and `--yes` was not given
   */
  confirm(question: string): Promise<boolean>;
}
