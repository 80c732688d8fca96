import * as z from 'zod';
import type { BridgeClient } from '../bridge-api/bridge-client.ts';
import type { Hop } from './follow-session.ts';
import type { MarkedSession } from './marked-session.ts';

const ANSWER_TIMEOUT_MS = 5000;
const SIGNALS = ['logs', 'metrics', 'traces'] as const;

const acceptedSchema = z.object({ accepted: z.number(), duplicates: z.number() });
const sessionSchema = z.object({ session: z.looseObject({ runs: z.number(), tool_calls: z.number() }) });

/** Where to send. */
export interface SenderDoors {
  /** For instance `http://127.0.0.1:8080`. */
  readonly ingestUrl: string;
  readonly otlpUrl: string;
  /** Null where none is wanted. */
  readonly token: string | null;
}

/** The bridge's doors: each takes something, and the query API has the session. */
export function bridgeHops(
  { sessionId, events }: MarkedSession,
  { ingestUrl, otlpUrl, token }: SenderDoors,
  client: BridgeClient,
): { readonly send: readonly Hop[]; readonly read: Hop } {
  const post = (url: string, body: unknown): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
  const ingest: Hop = {
    name: 'ingest',
    async look() {
      const response = await post(`${ingestUrl}/v1/events`, events);
      if (!response.ok) throw new Error(`${ingestUrl} answered ${response.status}: ${await response.text()}`);
      const { accepted, duplicates } = acceptedSchema.parse(await response.json());
      return `${accepted + duplicates} events on disk`;
    },
  };
  const doors = SIGNALS.map(
    (signal): Hop => ({
      name: `otlp ${signal}`,
      async look() {
        const response = await post(`${otlpUrl}/v1/${signal}`, {});
        if (!response.ok) throw new Error(`${otlpUrl} answered ${response.status}: ${await response.text()}`);
        return 'taken';
      },
    }),
  );
  const read: Hop = {
    name: 'query API',
    async look() {
      const answer = await client.get(`/v1/sessions/${encodeURIComponent(sessionId)}`, {}, sessionSchema);
      if (answer.status !== 'ok') {
        if (answer.status === 'refused' && answer.httpStatus === 404) return null;
        throw new Error(answer.reason);
      }
      const { runs, tool_calls: calls } = answer.value.session;
      return runs === 1 && calls === 1 ? 'its run and its tool call' : null;
    },
  };
  return { send: [ingest, ...doors], read };
}
