import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type AgentEvent, isHistorical } from '../../domain/event.ts';
import { acceptWebSockets, endClient } from '../../websocket/accept-websockets.ts';
import type { UpgradeRefusal } from '../../websocket/refuse-upgrade.ts';
import { refusalOf } from '../access.ts';
import { eventJson } from '../json/event-json.ts';
import type { RouteContext } from '../options.ts';
import { toProblem } from '../problem.ts';
import { type FeedFilter, readFeedFilter } from './feed-filter.ts';

const PATH = '/v1/ws';
const MAX_CLIENTS = 64;
/** Clients have nothing to say. */
const MAX_MESSAGE_BYTES = 4096;
/** A client that has this much unread is too slow to follow. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
const TRY_AGAIN_LATER = 1013;

/** What the live feed needs. */
export type LiveFeedOptions = Pick<RouteContext, 'access' | 'onEvents' | 'clock' | 'log'> & {
  /** Transcripts and imports tell of events older than this, ms: they are history and not shown as they come in. */
  readonly historyAfterMs: number;
};

/** One who watches. */
interface Watcher {
  readonly client: WebSocket;
  readonly connection: Duplex;
  readonly filter: FeedFilter;
}

/** A message, made once for all who watch: the bytes are shared. */
interface Message {
  readonly event: AgentEvent;
  readonly bytes: Buffer;
}

/**
 * Serves `GET /v1/ws` of the ui port: every event is sent to everybody who watches, as soon as it is durable, one message
 * each, as `GET /v1/events` writes it. `event_type`, `framework` and `session_id` in the address choose some of them.
 */
export function serveLiveFeed(server: Server, options: LiveFeedOptions): Disposable {
  const { access, onEvents, clock, log, historyAfterMs } = options;
  const watchers = new Set<Watcher>();
  const filters = new WeakMap<IncomingMessage, FeedFilter>();

  const refuse = async (request: IncomingMessage): Promise<UpgradeRefusal | null> => {
    const refusal = await refusalOf(request, access);
    if (refusal !== null) return refusal;
    try {
      filters.set(request, readFeedFilter(request.url ?? ''));
      return null;
    } catch (error) {
      return toProblem(error);
    }
  };

  const websockets = acceptWebSockets(server, {
    path: PATH,
    refuse,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxClients: MAX_CLIENTS,
    onError: (error) => log.error({ err: error }, 'Cannot open the live feed'),
    open(client, request) {
      const filter = filters.get(request) ?? {};
      const watcher: Watcher = { client, connection: request.socket, filter };
      watchers.add(watcher);
      client.once('close', () => watchers.delete(watcher));
    },
  });

  let waiting: AgentEvent[] = [];
  const broadcast = (): void => {
    const receivedMs = clock();
    const messages = waiting.map(
      (event): Message => ({
        event,
        bytes: Buffer.from(JSON.stringify(eventJson({ ...event, receivedMs }))),
      }),
    );
    waiting = [];
    for (const watcher of watchers) if (!deliver(watcher, messages)) watchers.delete(watcher);
  };

  const end = onEvents(
    (events) => {
      const historyMs = clock() - historyAfterMs;
      const fresh = events.filter(({ origin, tsMs }) => !isHistorical(origin) || tsMs >= historyMs);
      if (fresh.length === 0) return;
      // Senders have their acknowledgement first.
      if (waiting.length === 0) setImmediate(broadcast);
      waiting.push(...fresh);
    },
    () => watchers.size > 0,
  );

  return {
    [Symbol.dispose]() {
      end();
      websockets.close();
    },
  };
}

/** Sends messages that the filter lets through. False where the client was too slow for that, and is let go. */
function deliver({ client, connection, filter }: Watcher, messages: readonly Message[]): boolean {
  const wanted = messages.filter(({ event }) => matches(filter, event));
  const sizeBytes = wanted.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (client.bufferedAmount > 0 && client.bufferedAmount + sizeBytes > MAX_UNREAD_BYTES) {
    endClient(client, TRY_AGAIN_LATER, 'too slow to follow');
    return false;
  }
  // One write for all of them.
  connection.cork();
  for (const { bytes } of wanted) client.send(bytes, { binary: false });
  connection.uncork();
  return true;
}

function matches(filter: FeedFilter, { type, source, correlation }: AgentEvent): boolean {
  return (
    (filter.event_type === undefined || filter.event_type === type) &&
    (filter.framework === undefined || filter.framework === source.framework) &&
    (filter.session_id === undefined || filter.session_id === correlation.sessionId)
  );
}
