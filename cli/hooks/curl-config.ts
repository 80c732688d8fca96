import type { HookTarget } from './hook-kind.ts';

/** Enough for a busy bridge, and short enough that the whole hook ends within 300 ms, s. */
const MAX_TIME_S = 0.2;

/**
 * What curl is to know to ask the bridge on behalf of a command hook, as `curl --config` reads it: a file, so that no token
 * stands in a process list. The answer is followed by a line with its status.
 */
export function curlConfig({ host, project, agent, token }: HookTarget): string {
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { 'x-agent-monitor-token': token }),
    ...Object.fromEntries(
      Object.entries({ host, project, agent }).flatMap(([name, value]) =>
        value === null ? [] : [[`x-agent-monitor-${name}`, encodeURIComponent(value)]],
      ),
    ),
  };
  const lines = [
    'silent',
    'noproxy = "*"',
    `max-time = ${MAX_TIME_S}`,
    'data-binary = "@-"',
    String.raw`write-out = "\n%{http_code}"`,
    ...Object.entries(headers).map(([name, value]) => `header = ${JSON.stringify(`${name}: ${value}`)}`),
  ];
  return `${lines.join('\n')}\n`;
}
