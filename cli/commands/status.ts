import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { readAgents } from '../bridge-api/read-agents.ts';
import type { AgentStatus } from '../bridge-api/service-status.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { renderAgents } from '../output/render-agents.ts';
import { renderParts } from '../output/render-parts.ts';
import type { PartStatus, RuntimeName } from '../runtime.ts';
import { DURATION_FORM, parseDuration } from '../settings/duration.ts';
import { type OpenedInstallation, openInstallation } from '../stack/open-installation.ts';

const optionsSchema = z.object({ watch: z.string().optional() });

/** What `status` tells. */
interface StackStatus {
  readonly runtime: RuntimeName | null;
  readonly parts: readonly PartStatus[];
  readonly agents: readonly AgentStatus[];
}

/** `monitor status`: a line per part and per agent. */
export const command: Command = {
  name: 'status',
  summary: 'what runs, and when each agent was last heard of',
  examples: ['monitor status', 'monitor status --watch 2s', 'monitor status --json'],
  declare(commander) {
    commander.option('--watch <duration>', 'look again and again');
  },
  async run(input, context) {
    const { watch } = optionsSchema.parse(input.options);
    const opened = await openInstallation(context);
    if (watch === undefined) return toResult(await readStatus(context, opened), context);
    const pause = parseDuration(watch);
    if (pause === null) throw new CliError('USAGE', `--watch is "${watch}", expected ${DURATION_FORM}`);
    for (;;) {
      const status = await readStatus(context, opened);
      context.output.item(status, `${renderStatus(status, context)}\n`);
      await sleep(pause.ms, undefined, { signal: context.signal });
    }
  },
};

async function readStatus(context: CommandContext, opened: OpenedInstallation | null): Promise<StackStatus> {
  if (opened === null) return { runtime: null, parts: [], agents: [] };
  const parts = await opened.runtime.status();
  const isAsked = parts.some(({ name, state }) => name === 'bridge' && state !== 'stopped');
  const agents = isAsked ? await readAgents(context) : [];
  return { runtime: opened.runtime.name, parts, agents };
}

function toResult(status: StackStatus, context: CommandContext) {
  return { data: status, text: renderStatus(status, context), failure: failureOf(status) };
}

function renderStatus({ parts, agents }: StackStatus, { output }: CommandContext): string {
  if (parts.length === 0) return '';
  const nowMs = Date.now();
  const blocks = [renderParts(parts, output.colors, nowMs)];
  if (agents.length > 0) blocks.push(renderAgents(agents, nowMs));
  return blocks.join('\n\n');
}

/** Not running is 3, not well is 4. */
function failureOf({ parts }: StackStatus): CliError | null {
  if (parts.every(({ state }) => state === 'stopped')) {
    return new CliError('NOT_RUNNING', 'Nothing runs', { fix: ['monitor up'] });
  }
  // What is not wanted says so and is no illness.
  const unwell = parts.filter(
    ({ state, note }) =>
      state !== 'healthy' && !(state === 'stopped' && note !== null && /not wanted|not followed/.test(note)),
  );
  if (unwell.length === 0) return null;
  const names = unwell.map(({ name, state }) => `${name} is ${state}`).join(', ');
  return new CliError('DEGRADED', `Not everything is well: ${names}`, {
    fix: unwell.map(({ name }) => `monitor logs ${name}`),
  });
}
