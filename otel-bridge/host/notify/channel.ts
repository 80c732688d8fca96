import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Notice } from './notice.ts';

const run = promisify(execFile);

/** How a person is told, as settings say it. */
export type NotifyTarget =
  | { readonly webhook: string }
  | { readonly command: string }
  | { readonly desktop: true };

/** Tells a notice one way. Rejects where it cannot. */
export type Channel = (notice: Notice) => Promise<void>;

/** Nobody waits for a webhook or a program that hangs. */
const TIMEOUT_MS = 10_000;

/** What tells by a target. */
export function openChannel(target: NotifyTarget, platform: NodeJS.Platform = process.platform): Channel {
  if ('webhook' in target) return (notice) => post(target.webhook, notice);
  if ('command' in target) {
    // Title and text are arguments: what an agent wrote is never read by the shell.
    return async ({ title, text }) => {
      const running = run('sh', ['-c', `${target.command} "$@"`, 'sh', title, text], { timeout: TIMEOUT_MS });
      // Programs that read are told the same; those that do not have closed it.
      running.child.stdin?.on('error', () => undefined).end(`${title}: ${text}\n`);
      await running;
    };
  }
  return async ({ title, text }) => {
    if (platform === 'darwin') {
      const script = 'on run {a, b}\ndisplay notification b with title a\nend run';
      await run('osascript', ['-e', script, title, text], { timeout: TIMEOUT_MS });
    } else await run('notify-send', ['--app-name=agent-monitor', '--', title, text], { timeout: TIMEOUT_MS });
  };
}

/** JSON with `text` beside the data: what chat programs show of a webhook. */
async function post(url: string, { title, text, data }: Notice): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title, text: `${title}: ${text}`, ...data }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}
