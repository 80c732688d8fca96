import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { committingAgent } from './describe-commit.ts';

/**
 * `prepare-commit-msg`: where an agent commits, the message says so (`Agent`, `Task`), and in which session where that is
 * wanted, since commits get published. What the message says already stays. An empty message stays empty: git gives such
 * a commit up, and with a trailer in it would take that for the subject.
 * @param file the message, as git hands it over
 */
export function addTrailers(file: string, env: Readonly<NodeJS.ProcessEnv>, withSession: boolean): void {
  const { agent, session_id: session } = committingAgent(env);
  const task = env.AGENT_MONITOR_TASK_NAME ?? env.AGENT_MONITOR_TASK_ID;
  if (agent === null && task === undefined) return;
  const trailers: [string, string | null | undefined][] = [
    ['Agent', agent],
    ['Task', task],
    ['Session', withSession ? session : null],
  ];
  const told = trailers.flatMap(([key, value]) =>
    // A line end would begin a line of its own.
    value === null || value === undefined || value === ''
      ? []
      : ['--trailer', `${key}: ${value.replaceAll(/\s+/g, ' ')}`],
  );
  const message = readFileSync(file, 'utf8');
  if (saysNothing(message)) return;
  // `git merge -m` leaves the line open, and git would put trailers straight below it.
  if (!message.endsWith('\n')) appendFileSync(file, '\n');
  execFileSync('git', ['interpret-trailers', '--in-place', '--if-exists', 'doNothing', ...told, file], {
    stdio: 'ignore',
    timeout: 500,
  });
}

/** True where there are comments alone, and below its line of scissors what `commit --verbose` shows. */
function saysNothing(message: string): boolean {
  const input = message.split(/^.* -{8,} >8 -{8,}$/m, 1)[0] ?? '';
  const said = execFileSync('git', ['stripspace', '--strip-comments'], { input, timeout: 500 });
  return said.length === 0;
}
