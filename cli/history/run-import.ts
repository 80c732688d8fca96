import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CliError } from '../errors.ts';
import { type ImportProgress, importProgressSchema } from './import-progress.ts';

/** How many lines of the host part explain its failure. */
const EXPLAINING_LINES = 20;

/** Options of `runImport`. */
export interface RunImportOptions {
  /** The bundled service. */
  readonly bridgeProgram: string;
  /** Configuration of the host part without its `token_file` and `state_file`. */
  readonly hostConfig: Readonly<Record<string, unknown>>;
  /** Token with scope `ingest`; null where none is wanted. */
  readonly token: string | null;
  /** The agent whose transcripts are wanted, by its framework; null = every agent. */
  readonly framework: string | null;
  /** A transcript, a folder of them or a home, absolute; null = the agents' default homes. */
  readonly path: string | null;
  /** Unix ms; null = as settings say. */
  readonly sinceMs: number | null;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ImportProgress) => void;
}

/**
 * Runs the host part once, as a process of its own that posts what it reads to the bridge.
 * @returns how far it came
 * @throws CliError FAILED with the last lines that it said
 */
export async function runImport(options: RunImportOptions): Promise<ImportProgress> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-monitor-import-'));
  try {
    const configFile = join(folder, 'host.json');
    const tokenFile = join(folder, 'token');
    if (options.token !== null) await writeFile(tokenFile, options.token, { mode: 0o600 });
    const config = {
      ...options.hostConfig,
      token_file: options.token === null ? null : tokenFile,
      // Whoever asks for an import wants everything read, also what was read before: the bridge counts it once.
      state_file: join(folder, 'state.json'),
    };
    await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
    return await readOnce(configFile, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readOnce(configFile: string, options: RunImportOptions): Promise<ImportProgress> {
  const args = ['host', '--once', '--config', configFile];
  if (options.framework !== null) args.push('--agent', options.framework);
  if (options.path !== null) args.push('--path', options.path);
  if (options.sinceMs !== null) args.push('--since', new Date(options.sinceMs).toISOString());
  const child = spawn(process.execPath, [options.bridgeProgram, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...options.env },
    signal: options.signal,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let last: ImportProgress | null = null;
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const progress = parseProgress(line);
    if (progress === null) return void said.push(line);
    last = progress;
    options.onProgress(progress);
  });
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const code = await ended;
  if (code === 0 && last !== null) return last;
  throw new CliError('FAILED', `Cannot import: the host part ended with exit code ${code}`, {
    details: said.slice(-EXPLAINING_LINES),
  });
}

function parseProgress(line: string): ImportProgress | null {
  try {
    return importProgressSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    // Not JSON: something that the process says besides.
    return null;
  }
}
