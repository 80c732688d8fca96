import { basename } from 'node:path';
import { AGENT_KINDS } from '../agents/agent-kinds.ts';
import type { AgentKind, AgentTarget } from '../agents/agent-target.ts';

/** A command line with what points it here. */
export interface PointedCommand {
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The kind of agent that a command starts, by its name; undefined for any other program. */
export function agentOfCommand(command: string): AgentKind | undefined {
  const name = basename(command).replace(/\.(?:exe|cmd|mjs|js)$/, '');
  return AGENT_KINDS.find((kind) => kind.command === name || kind.name === name);
}

/** Variables and arguments that point a command here, as one task. Pure. */
export function pointCommand(
  kind: AgentKind | undefined,
  words: readonly string[],
  target: AgentTarget | null,
  taskId: string,
): PointedCommand {
  const task = { AGENT_MONITOR_TASK_ID: taskId };
  if (kind === undefined || target === null) return { arguments: words, environment: task };
  const environment = kind.environment(target);
  const attributes = environment.OTEL_RESOURCE_ATTRIBUTES;
  return {
    arguments: [...(kind.commandArguments?.(target) ?? []), ...words],
    environment: {
      ...environment,
      ...(attributes === undefined ? {} : { OTEL_RESOURCE_ATTRIBUTES: `${attributes},task.id=${taskId}` }),
      ...task,
    },
  };
}
