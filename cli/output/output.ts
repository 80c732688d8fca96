import type { Colors } from './colors.ts';
import { createColors } from './colors.ts';

/** Where text goes; a process's stdout and stderr are such streams. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How a command speaks while it works. Data goes to stdout, everything else to stderr. */
export interface Output {
  /** Colours for what goes to stdout. */
  readonly colors: Colors;
  /** Colours for what goes to stderr. */
  readonly errorColors: Colors;
  /** Width of stdout's terminal; 100 where it is none. */
  readonly columns: number;
  /** Whether stderr is a terminal, so that a line may be drawn over. */
  readonly isLive: boolean;
  /** One element of a stream (`logs -f`, `status --watch`): as one line of JSON, or as text. */
  item(value: unknown, text: string): void;
  /** Says what happens, on stderr; nothing with `--quiet`. */
  info(text: string): void;
  /** Says more, on stderr, with `--verbose` only. */
  detail(text: string): void;
  /** Says what is wrong but not fatal, on stderr, always. */
  warn(text: string): void;
  /** Draws a line on stderr's terminal over the last such line; the next other text replaces it. Nothing elsewhere. */
  live(text: string): void;
}

/** What `createOutput` needs. */
export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly stdoutColors: boolean;
  readonly stderrColors: boolean;
}

const DEFAULT_COLUMNS = 100;

/** Erases the line and goes to its start. */
const CLEAR_LINE = '\r\u001b[2K';

/** The output of one run of the command. */
export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr } = options;
  const errorColors = createColors(options.stderrColors);
  const isLive = stderr.isTTY === true && !options.quiet;
  let isLineDrawn = false;

  const say = (text: string): void => {
    stderr.write(`${isLineDrawn ? CLEAR_LINE : ''}${text}\n`);
    isLineDrawn = false;
  };

  return {
    colors: createColors(options.stdoutColors && !options.json),
    errorColors,
    columns: stdout.columns ?? DEFAULT_COLUMNS,
    isLive,
    item(value, text) {
      stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
    },
    info(text) {
      if (!options.quiet) say(text);
    },
    detail(text) {
      if (options.verbose) say(errorColors.dim(text));
    },
    warn(text) {
      say(`${errorColors.yellow('warning:')} ${text}`);
    },
    live(text) {
      if (!isLive) return;
      const width = (stderr.columns ?? DEFAULT_COLUMNS) - 1;
      stderr.write(`${CLEAR_LINE}${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
      isLineDrawn = true;
      if (text === '') {
        stderr.write(CLEAR_LINE);
        isLineDrawn = false;
      }
    },
  };
}
