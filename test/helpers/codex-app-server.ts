/** Codex as IDEs run it: `codex app-server`, JSON-RPC by lines on stdio. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ensureCodex, type RunCodexOptions, writeCodexSettings } from './codex.ts';
import { nodeFirstPath } from './npm-agent.ts';

/** What a person answers when a command wants to run. */
export type Decision = 'accept' | 'acceptForSession' | 'decline' | 'cancel';

/** Options of {@link runAppServer}. */
export interface AppServerOptions extends Omit<RunCodexOptions, 'args' | 'options'> {
  /** One turn after the other, in one thread. */
  readonly prompts: readonly string[];
  /** Answers to the requests for approval, in order; `cancel` after the last. */
  readonly decisions: readonly Decision[];
  /** How long it goes on after the last turn: it exports by itself, not at its end. */
  readonly lingerMs: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Runs the turns and stops. @returns the id of the thread */
export async function runAppServer(options: AppServerOptions): Promise<string> {
  await writeCodexSettings(options);
  const child = spawn(await ensureCodex(), ['app-server'], {
    cwd: options.cwd,
    env: { PATH: nodeFirstPath(), HOME: options.home, LOOPBACK_KEY: 'dummy', ...options.env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const waiting = new Map<number, (message: Message) => void>();
  const decisions = [...options.decisions];
  let turnEnded = Promise.withResolvers<void>();
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message;
    if (message.id !== undefined && message.method !== undefined) {
      send({ id: message.id, result: { decision: decisions.shift() ?? 'cancel' } });
    } else if (message.id !== undefined) waiting.get(message.id)?.(message);
    else if (message.method === 'turn/completed') turnEnded.resolve();
  });
  let lastId = 0;
  const request = async <T>(method: string, params: object): Promise<T> => {
    const id = ++lastId;
    const answered = new Promise<Message>((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result as T;
  };
  try {
    await request('initialize', { clientInfo: { name: 'an_ide', version: '1' }, capabilities: {} });
    send({ method: 'initialized' });
    const { thread } = await request<{ thread: { id: string } }>('thread/start', {
      cwd: options.cwd,
      approvalPolicy: 'untrusted',
      sandbox: 'workspace-write',
    });
    for (const text of options.prompts) {
      turnEnded = Promise.withResolvers<void>();
      await request('turn/start', {
        threadId: thread.id,
        input: [{ type: 'text', text, text_elements: [] }],
      });
      await turnEnded.promise;
    }
    await new Promise((resolve) => setTimeout(resolve, options.lingerMs));
    return thread.id;
  } finally {
    child.kill();
    await ended;
  }
}
