import type { AgentEnvironment, AgentKind, AgentTarget } from './agent-target.ts';
import { TOKEN_HEADER } from './token-header.ts';

/** Keys of config.toml, below `otel`, with their values as TOML. */
type OtelSettings = readonly (readonly [string, string])[];

/**
 * Codex (0.169): terminal, `codex exec`, app-server. Where it exports to stands in `config.toml` or behind `-c`; the
 * exporter reads the rest from variables: github.com/openai/codex/blob/main/docs/config.md#otel.
 * Its metrics are delta, whatever one asks for.
 */
export const codex: AgentKind = {
  name: 'codex',
  aliases: ['openai-codex'],
  command: 'codex',
  variables: [
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_BLRP_SCHEDULE_DELAY',
    'OTEL_BSP_SCHEDULE_DELAY',
    'OTEL_RESOURCE_ATTRIBUTES',
  ],
  environment(target: AgentTarget): AgentEnvironment {
    return {
      ...(target.token === null ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `${TOKEN_HEADER}=${target.token}` }),
      OTEL_METRIC_EXPORT_INTERVAL: String(target.metricIntervalMs),
      OTEL_BLRP_SCHEDULE_DELAY: String(target.logIntervalMs),
      ...(exportsSpans(target) ? { OTEL_BSP_SCHEDULE_DELAY: String(target.logIntervalMs) } : {}),
      OTEL_RESOURCE_ATTRIBUTES: resourceAttributes(target),
    };
  },
  /** The token is not among them: everyone on the machine can read a program's arguments. */
  commandArguments(target: AgentTarget): readonly string[] {
    return otelSettings(target, null).flatMap(([key, value]) => ['-c', `otel.${key}=${value}`]);
  },
  settingsText(target: AgentTarget): string {
    return [
      '# In config.toml of Codex (~/.codex, or CODEX_HOME). Project and agent come from the environment:',
      `# OTEL_RESOURCE_ATTRIBUTES=${resourceAttributes(target)}`,
      '[otel]',
      ...otelSettings(target, target.token).map(([key, value]) => `${key} = ${value}`),
    ].join('\n');
  },
};

function otelSettings(target: AgentTarget, token: string | null): OtelSettings {
  const headers =
    token === null ? '' : `, headers = {${JSON.stringify(TOKEN_HEADER)} = ${JSON.stringify(token)}}`;
  const exporter = (signal: string): string => {
    const endpoint = JSON.stringify(`${target.otlpEndpoint}/v1/${signal}`);
    return `{otlp-http = {endpoint = ${endpoint}, protocol = "binary"${headers}}}`;
  };
  return [
    ['exporter', exporter('logs')],
    // Said explicitly: by default they go to OpenAI.
    ['metrics_exporter', exporter('metrics')],
    ['trace_exporter', exportsSpans(target) ? exporter('traces') : '"none"'],
    ['log_user_prompt', String(target.privacy.prompts)],
  ];
}

/** Its spans are about its inside: some hundreds a run. */
function exportsSpans({ traces, internalSpans }: AgentTarget): boolean {
  return traces && internalSpans;
}

/** Codex does not percent-decode: only ASCII that could end a value or needs quotes is encoded; the bridge decodes it. */
function resourceAttributes({ project, agent, hostname }: AgentTarget): string {
  return Object.entries({ project, agent, 'host.name': hostname })
    .map(([key, value]) => `${key}=${percentEncode(value.toWellFormed())}`)
    .join(',');
}

function percentEncode(value: string): string {
  return value.replace(
    /[^\w.@:/+\u0080-\uFFFF-]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
