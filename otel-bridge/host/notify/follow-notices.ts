import { WebSocket } from 'ws';
import { objectOf, textOf } from '../../domain/values.ts';
import type { HostLog } from '../host-log.ts';
import { NOTIFIED_TYPE, toNotice } from './notice.ts';
import type { Notifier } from './notifier.ts';

/** What following needs. */
export interface FollowNoticesOptions {
  /** Base URL of the bridge's ui port. */
  readonly uiUrl: string;
  /** Token that may query; read anew for each connection. */
  readonly readToken: () => string | null;
  readonly notifier: Notifier;
  readonly log: HostLog;
}

const RETRY_MS = 5000;

/**
 * Listens to the bridge's live feed for what people are told at once, and comes back when the bridge was away. Only what
 * happens while it listens is told: what is old is on the page.
 */
export function followNotices({ uiUrl, readToken, notifier, log }: FollowNoticesOptions): Disposable {
  const url = `${uiUrl.replace(/^http/, 'ws')}/v1/ws?event_type=${NOTIFIED_TYPE}`;
  let client: WebSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;

  const connect = (): void => {
    const token = readToken();
    client = new WebSocket(url, { headers: token === null ? {} : { authorization: `Bearer ${token}` } });
    client.on('message', (data) => {
      const notice = noticeOf(String(data));
      if (notice !== null) void notifier.tell(notice);
    });
    // "close" follows, and says nothing more.
    client.on('error', (error) => log.warn({ err: error }, 'no live feed to notify from; tried again'));
    client.on('close', () => {
      if (!ended) timer = setTimeout(connect, RETRY_MS);
    });
  };
  connect();
  return {
    [Symbol.dispose]() {
      ended = true;
      clearTimeout(timer);
      client?.terminate();
    },
  };
}

/** The notice of an envelope as the feed sends it. */
function noticeOf(text: string): ReturnType<typeof toNotice> {
  const envelope = objectOf(JSON.parse(text));
  const event = objectOf(envelope?.event);
  const source = objectOf(event?.source);
  const correlation = objectOf(envelope?.correlation);
  return toNotice({
    type: textOf(event?.type) ?? '',
    source: { framework: textOf(source?.framework) ?? 'unknown', host: textOf(source?.host) },
    correlation: { sessionId: textOf(correlation?.session_id), runId: textOf(correlation?.run_id) },
    payload: objectOf(envelope?.payload) ?? {},
    tsMs: Date.parse(textOf(event?.ts) ?? ''),
  });
}
