/** Headers of a request as node:http gives them; gRPC metadata fits as well. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Carries a token where a value with a blank cannot be written. */
const TOKEN_HEADER = 'x-agent-monitor-token';
const COOKIE = 'agent_monitor_token';

/** Some agents send the value of OTEL_EXPORTER_OTLP_HEADERS as it is written there: with `%20` for the blank. */
const BEARER = /^bearer(?:\s|%20|\+)+(\S+)$/i;

/**
 * The token that a request carries: `x-agent-monitor-token`, `Authorization: Bearer`, or the cookie of the page.
 * Null = it has none; other schemes of authorization are none of ours.
 */
export function findToken(headers: RequestHeaders, options: { readonly cookie: boolean }): string | null {
  const own = single(headers[TOKEN_HEADER])?.trim();
  if (own !== undefined && own !== '') return own;
  const bearer = BEARER.exec(single(headers.authorization)?.trim() ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  return options.cookie ? cookie(single(headers.cookie) ?? '') : null;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function cookie(header: string): string | null {
  for (const pair of header.split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && value !== '') return value;
  }
  return null;
}
