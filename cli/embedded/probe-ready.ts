import * as z from 'zod';

/** What the bridge says when asked whether it is ready. `silent`: nobody answers. */
export type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'unready'; readonly reason: string }
  | { readonly state: 'silent'; readonly reason: string };

/** How long one question may take. */
const PROBE_TIMEOUT_MS = 2_000;

/** Reasons may come under any of these names: problem details, or a plain status. */
const reasonSchema = z.object({
  detail: z.string().optional(),
  reason: z.string().optional(),
  title: z.string().optional(),
});

/** Asks `GET /readyz` of the ingest port at `baseUrl`. */
export async function probeReady(baseUrl: string): Promise<Readiness> {
  try {
    const response = await fetch(new URL('/readyz', baseUrl), {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const body = await response.text();
    if (response.ok) return { state: 'ready' };
    return { state: 'unready', reason: reasonIn(body) ?? `it answers ${response.status}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { state: 'silent', reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

function reasonIn(body: string): string | undefined {
  try {
    const { detail, reason, title } = reasonSchema.parse(JSON.parse(body));
    return detail ?? reason ?? title;
  } catch {
    // Anything but JSON says nothing that a person could use.
    return undefined;
  }
}
