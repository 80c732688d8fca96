import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { renderResourceAttributes } from './resource-attributes.ts';
import { TOKEN_HEADER } from './token-header.ts';

/** What has to stand in OpenCode's settings, whichever way. */
const SETTINGS = { experimental: { openTelemetry: true } };

/**
 * OpenCode (1.18). Its spans are behind a setting, which a variable can carry: opencode.ai/docs/config. It exports
 * JSON whatever the protocol. `opencode run` ends before it has exported its own tail; `opencode serve` with
 * `opencode run --attach` tells all.
 */
export const opencode: AgentKind = {
  name: 'opencode',
  aliases: [],
  command: 'opencode',
  variables: [
    'OPENCODE_CONFIG_CONTENT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      // Everything that is counted comes in spans.
      OPENCODE_CONFIG_CONTENT: JSON.stringify(SETTINGS),
      OTEL_EXPORTER_OTLP_ENDPOINT: target.otlpEndpoint,
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_RESOURCE_ATTRIBUTES: renderResourceAttributes({
        project: target.project,
        agent: target.agent,
        'host.name': target.hostname,
      }),
    };
  },
  settingsText: () => JSON.stringify(SETTINGS, null, 2),
};
