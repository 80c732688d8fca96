import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { connectToBridge } from '../bridge-api/connect.ts';
import type { Command } from '../command.ts';
import { CliError } from '../errors.ts';
import { formatCount } from '../output/format-count.ts';

/** How often the bridge is asked how far it is. */
const POLL_MS = 200;

const count = z.number().int().nonnegative();

/** Answer of `POST` and `GET /v1/rebuild`. */
const rebuildSchema = z.object({
  state: z.enum(['never', 'running', 'done', 'failed']),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  /** Why it failed. */
  reason: z.string().nullable(),
  events_done: count,
  events_total: count,
  /** Sessions and facts that were compared with what the events tell. */
  checked: count,
  corrected: count,
  added: count,
  removed: count,
  /** Events that cannot be projected; they are dead letters. */
  unreadable: count,
});
type Rebuild = z.infer<typeof rebuildSchema>;

const ACTION = 'Cannot rebuild';

/** `monitor rebuild`: sessions and facts anew from the journal's events, while everything goes on. */
export const command: Command = {
  name: 'rebuild',
  summary: 'build sessions and sums anew from the events; counters stay, nothing is sent',
  examples: ['monitor rebuild', 'monitor rebuild --json'],
  async run(_input, context) {
    const { timeoutMs } = context.globals;
    const deadlineMs = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
    const bridge = await connectToBridge(context);
    let rebuild = await bridge.post(ACTION, '/v1/rebuild', {}, rebuildSchema);
    try {
      while (rebuild.state === 'running') {
        context.output.live(renderProgress(rebuild));
        if (performance.now() > deadlineMs) {
          throw new CliError('TIMEOUT', `It is not done yet: ${renderProgress(rebuild)}; it goes on`, {
            fix: ['monitor rebuild'],
            data: rebuild,
          });
        }
        await sleep(POLL_MS, undefined, { signal: context.signal });
        rebuild = await bridge.get(ACTION, '/v1/rebuild', {}, rebuildSchema);
      }
    } finally {
      context.output.live('');
    }
    if (rebuild.state !== 'done') {
      throw new CliError('FAILED', `${ACTION}: ${rebuild.reason ?? 'the bridge was restarted meanwhile'}`, {
        fix: ['monitor rebuild', 'monitor logs bridge'],
        data: rebuild,
      });
    }
    return { data: rebuild, text: renderRebuild(rebuild) };
  },
};

function renderProgress({ events_done: done, events_total: total, checked }: Rebuild): string {
  if (checked === 0) return `${formatCount(done)} of ${formatCount(total)} events replayed`;
  return `${formatCount(checked)} sessions and facts compared`;
}

function renderRebuild(rebuild: Rebuild): string {
  const { events_done: events, checked, corrected, added, removed, unreadable } = rebuild;
  const differences = [
    [corrected, 'put right'],
    [added, 'added'],
    [removed, 'removed'],
  ] as const;
  const found = differences.filter(([number]) => number > 0);
  const result =
    found.length === 0
      ? 'nothing differed'
      : found.map(([number, what]) => `${formatCount(number)} ${what}`).join(', ');
  const lines = [
    `Replayed ${formatCount(events)} events, compared ${formatCount(checked)} sessions and facts: ${result}.`,
  ];
  if (unreadable > 0) {
    lines.push(`${formatCount(unreadable)} events cannot be read: see monitor dead-letters list`);
  }
  return lines.join('\n');
}
