/**
 * Header that carries a token where `Authorization: Bearer` cannot be written: its value has no space, so it
 * passes unquoted through `OTEL_EXPORTER_OTLP_HEADERS`, env files and `docker run` arguments.
 */
export const TOKEN_HEADER = 'x-agent-monitor-token';
