import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/** Qwen Code (0.24). Its variables: docs/developers/development/telemetry.md of its repository. */
export const qwenCode: AgentKind = {
  name: 'qwen-code',
  aliases: ['qwen'],
  command: 'qwen',
  variables: [
    'QWEN_TELEMETRY_ENABLED',
    'QWEN_TELEMETRY_TARGET',
    'QWEN_TELEMETRY_OTLP_ENDPOINT',
    'QWEN_TELEMETRY_OTLP_PROTOCOL',
    'QWEN_TELEMETRY_LOG_PROMPTS',
    'QWEN_TELEMETRY_METRICS_INCLUDE_SESSION_ID',
    'QWEN_TELEMETRY_OUTFILE',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    const { privacy } = target;
    return {
      QWEN_TELEMETRY_ENABLED: 'true',
      QWEN_TELEMETRY_TARGET: 'local',
      QWEN_TELEMETRY_OTLP_ENDPOINT: target.otlpEndpoint,
      QWEN_TELEMETRY_OTLP_PROTOCOL: 'http',
      QWEN_TELEMETRY_LOG_PROMPTS: String(privacy.prompts && privacy.responses),
      // Without it the metrics of two processes are the same series, and overwrite each other.
      QWEN_TELEMETRY_METRICS_INCLUDE_SESSION_ID: 'true',
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
};
