import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A program to run, and what it is given. */
export interface ChildOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd: string;
  /** It is told to end after so long, ms, and made to a little later; null = it may take as long as it likes. */
  readonly maxDurationMs: number | null;
  /** Aborts it: its reason is told in `ChildEnd.stopped`. */
  readonly stop: AbortSignal;
  /** Hears of signals that this process gets; the child is passed them. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => Disposable;
  /** True where a terminal is on the other side: the child gets it as it is, and what it writes is not counted. */
  readonly isTerminal: boolean;
  /** Where its standard output goes, where it is no terminal. */
  readonly output: NodeJS.WritableStream;
}

/** How a child ended. */
export interface ChildEnd {
  /** As a shell says it: 128 and the signal's number after a signal, 126 and 127 where it did not start. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to stdout and stderr; null where that was not counted. */
  readonly outputSizeBytes: number | null;
  /** Why it was stopped; null where it ended by itself. */
  readonly stopped: string | null;
  /** Why it did not start; null where it did. */
  readonly startError: string | null;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** What is told to end has so long before it is made to. */
const GRACE_MS = 10_000;

/** Runs a program in the place of this one: its input, output, signals and exit code are passed through. */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const { isTerminal, maxDurationMs, stop } = options;
  const child = spawn(options.command, options.arguments, {
    cwd: options.cwd,
    env: options.env,
    stdio: isTerminal ? 'inherit' : ['inherit', 'pipe', 'pipe'],
  });
  let outputSizeBytes = 0;
  let stopped: string | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const count = (chunk: Buffer): void => {
    outputSizeBytes += chunk.length;
  };
  child.stdout?.on('data', count).pipe(options.output, { end: false });
  child.stderr?.on('data', count).pipe(process.stderr, { end: false });

  const end = (reason: string): void => {
    if (stopped !== null) return;
    stopped = reason;
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  const limit =
    maxDurationMs === null
      ? undefined
      : setTimeout(() => end('it took longer than --max-duration'), maxDurationMs);
  const onStop = (): void => end(String(stop.reason));
  stop.addEventListener('abort', onStop, { once: true });
  using _signals = options.onSignal((signal) => {
    // A terminal sends Ctrl-C to the child as well.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
  try {
    return await new Promise<ChildEnd>((resolve) => {
      const size = (): number | null => (isTerminal ? null : outputSizeBytes);
      child.once('error', (error: NodeJS.ErrnoException) => {
        if (child.pid !== undefined) return;
        const exitCode = error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE;
        resolve({
          exitCode,
          signal: null,
          outputSizeBytes: size(),
          stopped,
          startError: startProblem(error),
        });
      });
      // "close" comes after the last of its output.
      child.once('close', (code, signal) => {
        const exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
        resolve({ exitCode, signal, outputSizeBytes: size(), stopped, startError: null });
      });
    });
  } finally {
    clearTimeout(limit);
    clearTimeout(killTimer);
    stop.removeEventListener('abort', onStop);
  }
}

/** Why a program did not start, for people. */
function startProblem({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program, or its interpreter is missing';
  return code === 'EACCES' ? 'it is no program, or you may not run it' : message;
}
