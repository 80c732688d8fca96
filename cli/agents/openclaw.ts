import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/**
 * OpenClaw (2026.9) with its plugin `diagnostics-otel`: docs.openclaw.ai/gateway/opentelemetry. Its spans name no
 * session; where hooks of OpenClaw are installed as well, the same calls would be told twice.
 */
export const openclaw: AgentKind = {
  name: 'openclaw',
  aliases: [],
  command: 'openclaw',
  variables: [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_SEMCONV_STABILITY_OPT_IN',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: target.otlpEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_SEMCONV_STABILITY_OPT_IN: 'gen_ai_latest_experimental',
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
  settingsText(target: AgentTarget): string {
    const { token } = target;
    const settings = {
      plugins: { allow: ['diagnostics-otel'], entries: { 'diagnostics-otel': { enabled: true } } },
      diagnostics: {
        enabled: true,
        otel: {
          enabled: true,
          endpoint: target.otlpEndpoint,
          protocol: 'http/protobuf',
          ...(token === null ? {} : { headers: { [TOKEN_HEADER]: token } }),
          serviceName: 'openclaw',
          traces: target.traces,
          metrics: true,
          logs: true,
          // Every span: what is left out is not counted.
          sampleRate: 1,
          flushIntervalMs: Math.max(target.logIntervalMs, MIN_FLUSH_MS),
        },
      },
    };
    return JSON.stringify(settings, null, 2);
  },
};

/** OpenClaw takes no shorter interval. */
const MIN_FLUSH_MS = 1000;
