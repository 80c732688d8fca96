import type { CommandContext } from '../command.ts';
import { toCliError } from '../errors.ts';
import { connectToBridge } from './connect.ts';
import { type AgentStatus, serviceStatusSchema } from './service-status.ts';

/** Agents that the bridge has heard of; none where it does not answer. */
export async function readAgents(context: CommandContext): Promise<readonly AgentStatus[]> {
  try {
    const bridge = await connectToBridge(context);
    return (await bridge.get('Cannot read agents', '/v1/status', {}, serviceStatusSchema)).agents;
  } catch (error) {
    // The bridge's own line says that it does not answer.
    context.output.detail(toCliError(error).message);
    return [];
  }
}
