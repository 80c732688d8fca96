import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import * as z from 'zod';
import type { IngestAccess } from '../bridge-api/connect-ingest.ts';
import { CliError } from '../errors.ts';

/** An event that a verb tells. */
export interface ToldEvent {
  readonly type: string;
  readonly framework: string;
  readonly sessionId: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 10_000;

const answerSchema = z.object({ rejected: z.array(z.object({ message: z.string() })) });

/** Posts one event; resolves once it is durable. @param action as a message begins. @throws CliError FAILED or NOT_RUNNING */
export async function postOneEvent(
  action: string,
  { baseUrl, token }: IngestAccess,
  { type, framework, sessionId, payload }: ToldEvent,
): Promise<void> {
  const envelope = {
    schema: { name: 'agentmon.event', version: 1 },
    event: { id: randomUUID(), type, ts: new Date().toISOString(), source: { framework, host: hostname() } },
    correlation: { session_id: sessionId },
    attributes: {},
    payload,
  };
  const response = await fetch(new URL('/v1/events', baseUrl), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(envelope),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new CliError('NOT_RUNNING', `${action}: nothing answers at ${baseUrl}`, {
      fix: ['monitor up'],
      cause: error,
    });
  });
  const text = await response.text();
  if (!response.ok)
    throw new CliError('FAILED', `${action}: ${baseUrl} answered ${response.status}: ${text}`);
  const [refused] = answerSchema.parse(JSON.parse(text)).rejected;
  if (refused !== undefined) throw new CliError('FAILED', `${action}: ${refused.message}`);
}
