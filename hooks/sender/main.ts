import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRepositoryOf } from '../../otel-bridge/host/repository-of.ts';
import { deliverHook, drainKept, type HookRecord } from './deliver-hook.ts';
import { noteSession } from './note-session.ts';
import { readSenderConfig } from './sender-config.ts';

/*
 * What command hooks of agents run through a shell script (cli/hooks/sender-script.ts), which keeps most hooks by itself and
 * has them delivered by `... drain`: `node hook-sender.cjs --config FILE AGENT [JSON]`. What the agent says comes on
 * stdin, or as the last argument (Codex's `notify`). Hooks of git run `... git commit` and
 * `... git trailers [session] MESSAGE-FILE`, and what happened is looked up. It prints nothing but a verdict, and always exits with 0: an agent
 * must not suffer from being watched.
 */

/** From the start of the process on; with Node's own start it is over within 300 ms. */
const DEADLINE_MS = 230;
/** Hooks that begin something: only they say in which repository, since looking it up takes time. */
const BEGINNINGS = new Set(['SessionStart', 'Setup', 'agent-turn-complete', 'post-commit']);

const [, , , configPath = '', agent = '', ...words] = process.argv;

void run();

async function run(): Promise<void> {
  try {
    const config = readSenderConfig(configPath);
    if (agent === 'drain') {
      await drainKept(config);
      return;
    }
    const input = agent === 'git' ? await askGit() : JSON.parse(words.at(-1) ?? (await readStdin()));
    if (input === null) return;
    const beginning = BEGINNINGS.has(String(input.hook_event_name ?? input.type));
    const repository = beginning ? createRepositoryOf()(String(input.cwd ?? process.cwd())) : undefined;
    const record: HookRecord = {
      hook: agent,
      id: `${Date.now().toString(36)}-${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
      fired: Math.round(performance.timeOrigin),
      host: config.host,
      ...(config.project === null ? {} : { project: config.project }),
      ...(config.agent === null ? {} : { agent: config.agent }),
      ...(repository === undefined ? {} : { repository }),
      input,
    };
    const answer = await deliverHook(record, config, () => Math.max(10, DEADLINE_MS - performance.now()));
    if (answer !== '') process.stdout.write(answer);
    if (input.hook_event_name === 'SessionStart' && typeof input.session_id === 'string') {
      noteSession(join(dirname(config.spool), 'sessions'), agent, input.session_id);
    }
  } catch (error) {
    writeDown(error);
  } finally {
    process.exit(0);
  }
}

/** What a commit is; null where there is nothing to send. Loaded for git alone, since it takes time. */
async function askGit(): Promise<Record<string, unknown> | null> {
  if (words[0] === 'trailers') {
    const { addTrailers } = await import('../git/add-trailers.ts');
    addTrailers(words.at(-1) ?? '', process.env, words[1] === 'session');
    return null;
  }
  const { describeCommit } = await import('../git/describe-commit.ts');
  return { ...describeCommit(process.cwd(), process.env) };
}

/** Agents write it whole and close it: reading it at once costs least, and a busy machine loses nothing. */
function readStdin(): string | Promise<string> {
  try {
    return readFileSync(0, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return readLater();
  }
}

/** The same for a pipe that does not block. */
async function readLater(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Nobody may be shown it now; `monitor hooks list` shows the last one. */
function writeDown(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  try {
    writeFileSync(
      join(dirname(configPath), 'last-problem.txt'),
      `${new Date().toISOString()} ${agent}: ${reason}\n`,
      {
        mode: 0o600,
      },
    );
  } catch {
    // A disk that takes nothing: there is nowhere left to say it.
  }
}
