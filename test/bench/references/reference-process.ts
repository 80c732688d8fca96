import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A reference that runs in a process of its own, as the bridge does. */
export interface ReferenceProcess extends AsyncDisposable {
  /** The next line that it prints. @throws Error when it ended before */
  line(): Promise<string>;
}

/** Starts a command; without a path it is a Node program of this folder. */
export function startReference(command: readonly string[]): ReferenceProcess {
  const [program = '', ...rest] = command;
  const child: ChildProcess = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = child.stdout === null ? null : createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line() {
      const next = await lines?.next();
      if (next === undefined || next.done === true) throw new Error(`Reference ended: ${command.join(' ')}`);
      return next.value;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Command that runs a program of this folder on this Node. */
export function nodeProgram(file: string, ...rest: readonly string[]): string[] {
  return [process.execPath, new URL(file, import.meta.url).pathname, ...rest];
}
