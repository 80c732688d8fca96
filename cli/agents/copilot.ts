import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/**
 * GitHub Copilot: the CLI (1.0.102) and Chat in VS Code, which reads the same variables when it is started with them
 * and has settings of its own: code.visualstudio.com/docs/agents/guides/monitoring-agents.
 */
export const copilot: AgentKind = {
  name: 'copilot',
  aliases: ['copilot-cli', 'github-copilot'],
  command: 'copilot',
  variables: [
    'COPILOT_OTEL_ENABLED',
    'COPILOT_OTEL_CAPTURE_CONTENT',
    'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      COPILOT_OTEL_ENABLED: 'true',
      // One switch for prompts, answers, arguments and results: on only where all of them may be sent.
      COPILOT_OTEL_CAPTURE_CONTENT: String(mayTellAll(target)),
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: String(mayTellAll(target)),
      OTEL_EXPORTER_OTLP_ENDPOINT: target.otlpEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_METRIC_EXPORT_INTERVAL: String(target.metricIntervalMs),
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
  settingsText(target: AgentTarget): string {
    // Of VS Code, for the user: Chat reads token, project and agent from the variables alone.
    const settings = {
      'github.copilot.chat.otel.enabled': true,
      'github.copilot.chat.otel.exporterType': 'otlp-http',
      'github.copilot.chat.otel.otlpEndpoint': target.otlpEndpoint,
      'github.copilot.chat.otel.captureContent': mayTellAll(target),
    };
    return JSON.stringify(settings, null, 2);
  },
};

function mayTellAll({ privacy }: AgentTarget): boolean {
  return privacy.prompts && privacy.responses && privacy.toolArguments && privacy.toolOutput;
}
