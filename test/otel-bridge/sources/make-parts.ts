import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import type { AppendRequest, AppendStatus, Journal } from '../../../otel-bridge/domain/journal.ts';
import type { RawRequest } from '../../../otel-bridge/domain/outbox.ts';
import { createAuthenticator } from '../../../otel-bridge/sources/tokens/authenticator.ts';
import { createTokenVerifier } from '../../../otel-bridge/sources/tokens/verify-token.ts';

export const SECRET = 'a-secret-of-the-tests-32-bytes-long';

/** A journal in memory that counts ids once, and fails when it is told to. */
export interface MemoryJournal extends Pick<Journal, 'append'> {
  readonly events: AgentEvent[];
  readonly raw: RawRequest[];
  failure: Error | null;
}

export function createMemoryJournal(): MemoryJournal {
  const events: AgentEvent[] = [];
  const raw: RawRequest[] = [];
  return {
    events,
    raw,
    failure: null,
    async append(request: AppendRequest) {
      if (this.failure !== null) throw this.failure;
      raw.push(...(request.raw ?? []));
      return request.events.map((event): AppendStatus => {
        if (events.some(({ id }) => id === event.id)) return 'duplicate';
        events.push(event);
        return 'stored';
      });
    },
  };
}

export function makeAuthenticator(requireTokens = false): ReturnType<typeof createAuthenticator> {
  return createAuthenticator({
    verify: createTokenVerifier(SECRET),
    requireTokens,
    allowUnauthenticatedFrom: [],
  });
}

/** Listens on a free port. Answers the base URL. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
