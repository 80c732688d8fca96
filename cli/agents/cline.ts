import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/**
 * Cline: the extension of VS Code (`CLINE_OTEL_*`) and programs on its SDK (`OTEL_*`). The command `cline` from npm is
 * built with an address of its maker's and reads neither.
 */
export const cline: AgentKind = {
  name: 'cline',
  aliases: [],
  command: 'code',
  variables: [
    'CLINE_OTEL_TELEMETRY_ENABLED',
    'CLINE_OTEL_METRICS_EXPORTER',
    'CLINE_OTEL_LOGS_EXPORTER',
    'CLINE_OTEL_EXPORTER_OTLP_PROTOCOL',
    'CLINE_OTEL_EXPORTER_OTLP_ENDPOINT',
    'CLINE_OTEL_EXPORTER_OTLP_HEADERS',
    'CLINE_OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_TELEMETRY_ENABLED',
    'OTEL_METRICS_EXPORTER',
    'OTEL_LOGS_EXPORTER',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    const shared: AgentEnvironment = {
      METRICS_EXPORTER: 'otlp',
      LOGS_EXPORTER: 'otlp',
      EXPORTER_OTLP_PROTOCOL: 'http/json',
      EXPORTER_OTLP_ENDPOINT: target.otlpEndpoint,
      ...(target.token === null ? {} : { EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      METRIC_EXPORT_INTERVAL: String(target.metricIntervalMs),
    };
    return {
      CLINE_OTEL_TELEMETRY_ENABLED: '1',
      ...prefixed('CLINE_OTEL_', shared),
      OTEL_TELEMETRY_ENABLED: '1',
      ...prefixed('OTEL_', shared),
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
};

function prefixed(prefix: string, variables: AgentEnvironment): AgentEnvironment {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${prefix}${name}`, value]));
}
