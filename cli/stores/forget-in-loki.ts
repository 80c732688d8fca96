/** What became of a request to forget. */
export type ForgetOutcome = { readonly done: true } | { readonly done: false; readonly reason: string };

/** Options of `forgetInLoki`. */
export interface ForgetInLokiOptions {
  /** For instance `http://127.0.0.1:3100`. */
  readonly baseUrl: string;
  readonly sessionId: string;
  /** Where to begin, unix ms; Loki cuts a long range into days. */
  readonly sinceMs: number;
  readonly timeoutMs: number;
}

/**
 * Asks Loki to delete what a session has said, under any name. Loki accepts at once, hides the entries some minutes
 * later and deletes them with its next compaction.
 * @see https://grafana.com/docs/loki/latest/operations/storage/logs-deletion/
 */
export async function forgetInLoki(options: ForgetInLokiOptions): Promise<ForgetOutcome> {
  const url = new URL('/loki/api/v1/delete', options.baseUrl);
  url.searchParams.set('query', `{service_name=~".+"} | session_id=${JSON.stringify(options.sessionId)}`);
  url.searchParams.set('start', String(Math.floor(options.sinceMs / 1000)));
  // Loki takes no end in the future; what arrives later is deleted by asking again.
  url.searchParams.set('end', String(Math.floor(Date.now() / 1000)));
  try {
    const response = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(options.timeoutMs) });
    if (response.ok) return { done: true };
    return { done: false, reason: `${response.status} ${(await response.text()).trim()}` };
  } catch (error) {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    return { done: false, reason: cause instanceof Error ? cause.message : String(cause) };
  }
}
