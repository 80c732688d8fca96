import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/** How long it may take to hand over the rest when it ends; its own 2 s are too few on a busy machine. */
const SHUTDOWN_TIMEOUT_MS = '10000';

/**
 * Claude Code (2.1). Its variables: code.claude.com/docs/en/monitoring-usage.
 * It reads them once, when it starts.
 */
export const claudeCode: AgentKind = {
  name: 'claude-code',
  aliases: ['claude'],
  command: 'claude',
  variables: [
    'CLAUDE_CODE_ENABLE_TELEMETRY',
    'CLAUDE_CODE_ENHANCED_TELEMETRY_BETA',
    'OTEL_METRICS_EXPORTER',
    'OTEL_LOGS_EXPORTER',
    'OTEL_TRACES_EXPORTER',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_LOGS_EXPORT_INTERVAL',
    'OTEL_TRACES_EXPORT_INTERVAL',
    'CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS',
    'OTEL_RESOURCE_ATTRIBUTES',
    'OTEL_METRICS_INCLUDE_SESSION_ID',
    'OTEL_METRICS_INCLUDE_RESOURCE_ATTRIBUTES',
    'OTEL_METRICS_INCLUDE_ACCOUNT_UUID',
    'OTEL_LOG_USER_PROMPTS',
    'OTEL_LOG_ASSISTANT_RESPONSES',
    'OTEL_LOG_TOOL_DETAILS',
    'OTEL_LOG_TOOL_CONTENT',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      // Spans are a beta of Claude Code and have a switch of their own.
      ...(target.traces ? { CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1', OTEL_TRACES_EXPORTER: 'otlp' } : {}),
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: target.otlpEndpoint,
      // Claude Code does not percent-decode header values, so the header must need no escaping.
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: String(target.metricIntervalMs),
      OTEL_LOGS_EXPORT_INTERVAL: String(target.logIntervalMs),
      ...(target.traces ? { OTEL_TRACES_EXPORT_INTERVAL: String(target.logIntervalMs) } : {}),
      CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS: SHUTDOWN_TIMEOUT_MS,
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
      OTEL_METRICS_INCLUDE_SESSION_ID: 'true',
      OTEL_METRICS_INCLUDE_RESOURCE_ATTRIBUTES: 'true',
      OTEL_METRICS_INCLUDE_ACCOUNT_UUID: String(target.includeAccount),
      // All four are said explicitly: responses would follow prompts otherwise.
      OTEL_LOG_USER_PROMPTS: flag(target.privacy.prompts),
      OTEL_LOG_ASSISTANT_RESPONSES: flag(target.privacy.responses),
      OTEL_LOG_TOOL_DETAILS: flag(target.privacy.toolArguments),
      OTEL_LOG_TOOL_CONTENT: flag(target.privacy.toolOutput),
    };
  },
};

function flag(on: boolean): '0' | '1' {
  return on ? '1' : '0';
}
