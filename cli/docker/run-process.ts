import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a child process ended. */
export interface ProcessResult {
  /** Exit code; 128 and more for a signal, as a shell counts. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `runProcess`. */
export interface RunProcessOptions {
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Gets every line of stderr as it comes. */
  onStderrLine?(line: string): void;
}

/**
 * Runs a program to its end and gives back what it said. It has no stdin.
 * @throws Error with code ENOENT where the program does not exist; the signal's reason when it is aborted
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: RunProcessOptions,
): Promise<ProcessResult> {
  options.signal?.throwIfAborted();
  const child = spawn(program, args, {
    env: { ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  // Not the option of spawn(): its timer goes on when the program does not exist.
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
  let stdout = '';
  const stderrLines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderrLines.push(line);
    options.onStderrLine?.(line);
  });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 143)));
    });
    options.signal?.throwIfAborted();
    return { exitCode, stdout, stderr: stderrLines.join('\n') };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
  }
}
