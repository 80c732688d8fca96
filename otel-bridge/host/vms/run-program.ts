import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

/** How a program ended. */
export interface ProgramEnd {
  /** Null where it was ended or never started. */
  readonly exitCode: number | null;
  /** What ended it, where a signal did. */
  readonly signal: NodeJS.Signals | null;
  /** Empty where `onStdout` took it. */
  readonly stdout: string;
  readonly stderr: string;
  /** `missing`: there is no such program; `timeout`, `too much output`: it was ended; null: it ended by itself. */
  readonly trouble: 'missing' | 'timeout' | 'too much output' | null;
}

/** What to run. */
export interface ProgramOptions {
  readonly program: string;
  /** Passed as they are: no shell reads them. */
  readonly arguments: readonly string[];
  readonly input?: string;
  readonly timeoutMs: number;
  /** Takes what it writes, as it comes. @default it is kept */
  readonly onStdout?: (text: string) => void;
  /** @default 64 MiB */
  readonly maxOutputBytes?: number;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program to its end, within a time and an amount of output. Never rejects. */
export function runProgram(options: ProgramOptions): Promise<ProgramEnd> {
  const { timeoutMs, maxOutputBytes = MAX_OUTPUT_BYTES, onStdout } = options;
  return new Promise((resolve) => {
    const child = spawn(options.program, options.arguments, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // What it tells is read by a program: in one language, with points in numbers.
      env: { ...(options.env ?? process.env), LC_ALL: 'C' },
      detached: true,
    });
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    const decoder = new StringDecoder('utf8');
    let sizeBytes = 0;
    let trouble: ProgramEnd['trouble'] = null;
    const end = (why: NonNullable<ProgramEnd['trouble']>): void => {
      trouble ??= why;
      // With whatever it started: ssh leaves a proxy command behind.
      if (child.pid !== undefined) kill(-child.pid);
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        if (sizeBytes > maxOutputBytes) end('too much output');
        else if (name === 'stdout' && onStdout !== undefined) onStdout(decoder.write(chunk));
        else chunks[name].push(chunk);
      });
    }
    // A program that ends without reading its input is no failure of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const finish = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      resolve({
        exitCode,
        signal,
        stdout: Buffer.concat(chunks.stdout).toString('utf8'),
        stderr: Buffer.concat(chunks.stderr).toString('utf8'),
        trouble,
      });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      trouble ??= error.code === 'ENOENT' ? 'missing' : null;
      chunks.stderr.push(Buffer.from(error.message));
      finish(null, null);
    });
    child.once('close', finish);
  });
}

function kill(group: number): void {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
