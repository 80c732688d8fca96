import type { Settings } from '../settings/schema.ts';
import type { AgentTarget } from './agent-target.ts';

/** What settings say of agents' telemetry. */
export function agentTelemetry({
  telemetry,
  privacy,
}: Settings): Omit<AgentTarget, 'otlpEndpoint' | 'token' | 'project' | 'agent' | 'hostname'> {
  return {
    metricIntervalMs: telemetry.metric_interval.ms,
    logIntervalMs: telemetry.log_interval.ms,
    traces: telemetry.traces,
    internalSpans: telemetry.internal_spans,
    includeAccount: telemetry.include_account,
    privacy: {
      prompts: privacy.prompts,
      responses: privacy.responses,
      toolArguments: privacy.tool_arguments,
      toolOutput: privacy.tool_output,
    },
  };
}
