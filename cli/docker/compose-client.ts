import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Output } from '../output/output.ts';
import { runProcess } from './run-process.ts';

/** Runs the Compose plugin on one project. */
export interface ComposeClient {
  /**
   * `docker compose <args>`.
   * @throws CliError PART_FAILED with the last lines that Compose said
   */
  run(args: readonly string[], options?: ComposeRunOptions): Promise<void>;
}

/** Options of one run. */
export interface ComposeRunOptions {
  /** Profiles whose services are part of it; `*` for all. */
  readonly profiles?: readonly string[];
  /** @default the client's signal */
  readonly signal?: AbortSignal | null;
}

/** What a client is made for. */
export interface ComposeClientOptions {
  readonly project: string;
  /** Folder of compose.yaml. */
  readonly stackDir: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** How many of Compose's lines explain a failure. */
const EXPLAINING_LINES = 12;

/** A client for the project; where compose.yaml was deleted, Compose goes by the containers' labels. */
export function createComposeClient(options: ComposeClientOptions): ComposeClient {
  const { project, stackDir, env, output } = options;
  const file = join(stackDir, 'compose.yaml');
  return {
    async run(args, { profiles = [], signal = options.signal } = {}) {
      const words = [
        'compose',
        '--progress',
        'plain',
        '--project-name',
        project,
        ...(existsSync(file) ? ['--file', file] : []),
        ...profiles.flatMap((profile) => ['--profile', profile]),
        ...args,
      ];
      output.detail(`docker ${words.join(' ')}`);
      const { exitCode, stdout, stderr } = await runProcess('docker', words, {
        // Variables of Compose itself would point it at other files or profiles.
        env: withoutCompose(env),
        onStderrLine: (line) => {
          output.detail(line);
          output.live(line.trim());
        },
        ...(signal === null ? {} : { signal }),
      });
      output.live('');
      if (exitCode === 0) return;
      const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
      const last = lines.at(-1) ?? `exit code ${exitCode}`;
      throw new CliError('PART_FAILED', `Cannot run docker compose ${args[0] ?? ''}: ${last.trim()}`, {
        details: lines.slice(-EXPLAINING_LINES),
        fix: ['monitor logs'],
      });
    },
  };
}

function withoutCompose(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('COMPOSE_')));
}
