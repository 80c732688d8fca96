import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/**
 * Gemini CLI (0.61). Its variables: docs/cli/telemetry.md of its repository. It exports over HTTP with the exporters of
 * OpenTelemetry's SDK, which read the token from OTEL_EXPORTER_OTLP_HEADERS.
 */
export const geminiCli: AgentKind = {
  name: 'gemini-cli',
  aliases: ['gemini'],
  command: 'gemini',
  variables: [
    'GEMINI_TELEMETRY_ENABLED',
    'GEMINI_TELEMETRY_TARGET',
    'GEMINI_TELEMETRY_OTLP_ENDPOINT',
    'GEMINI_TELEMETRY_OTLP_PROTOCOL',
    'GEMINI_TELEMETRY_TRACES_ENABLED',
    'GEMINI_TELEMETRY_LOG_PROMPTS',
    'GEMINI_TELEMETRY_OUTFILE',
    'GEMINI_TELEMETRY_USE_COLLECTOR',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      GEMINI_TELEMETRY_ENABLED: 'true',
      GEMINI_TELEMETRY_TARGET: 'local',
      GEMINI_TELEMETRY_OTLP_ENDPOINT: target.otlpEndpoint,
      GEMINI_TELEMETRY_OTLP_PROTOCOL: 'http',
      GEMINI_TELEMETRY_TRACES_ENABLED: String(target.traces),
      // One switch for prompts, answers, arguments and results: on only where all of them may be sent.
      GEMINI_TELEMETRY_LOG_PROMPTS: String(mayTellAll(target)),
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
};

function mayTellAll({ privacy }: AgentTarget): boolean {
  return privacy.prompts && privacy.responses && privacy.toolArguments && privacy.toolOutput;
}
