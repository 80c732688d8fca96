import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRepositoryOf } from '../../otel-bridge/host/repository-of.ts';
import { deliverHook, type HookRecord } from './deliver-hook.ts';
import { noteSession } from './note-session.ts';
import { readSenderConfig } from './sender-config.ts';

/*
 * What command hooks of agents run: `node hook-sender.cjs --config FILE AGENT [JSON]`. What the agent says comes on
 * stdin, or as the last argument (Codex's `notify`). It prints nothing but a verdict, and always exits with 0: an agent
 * must not suffer from being watched.
 */

/** From the start of the process on; with Node's own start it is over within 300 ms. */
const DEADLINE_MS = 230;
/** Hooks that begin something: only they say in which repository, since looking it up takes time. */
const BEGINNINGS = new Set(['SessionStart', 'Setup', 'agent-turn-complete']);

const [, , , configPath = '', agent = '', told] = process.argv;

void run();

async function run(): Promise<void> {
  try {
    const config = readSenderConfig(configPath);
    const text = told?.startsWith('{') ? told : await readStdin();
    const input = JSON.parse(text) as Record<string, unknown>;
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
    if (input.hook_event_name === 'SessionStart' && typeof input.session_id === 'string') {
      noteSession(join(dirname(config.spool), 'sessions'), agent, input.session_id);
    }
    const answer = await deliverHook(record, config, () => Math.max(10, DEADLINE_MS - performance.now()));
    if (answer !== '') process.stdout.write(answer);
  } catch (error) {
    writeDown(error);
  } finally {
    process.exit(0);
  }
}

function readStdin(): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => reject(new Error('the agent said nothing on stdin')), DEADLINE_MS);
    process.stdin.on('data', (chunk: Buffer) => chunks.push(chunk));
    process.stdin.on('error', reject);
    process.stdin.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
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
