import { execFileSync } from 'node:child_process';
import { committingAgent } from './describe-commit.ts';

/**
 * `prepare-commit-msg`: where an agent commits, the message says so (`Agent`, `Task`), and in which session where that is
 * wanted, since commits get published. What the message says already stays.
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
  execFileSync('git', ['interpret-trailers', '--in-place', '--if-exists', 'doNothing', ...told, file], {
    stdio: 'ignore',
    timeout: 500,
  });
}
