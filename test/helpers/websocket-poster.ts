import { WebSocket } from 'ws';

/** How a batch was answered, as HTTP would say it; 0 = the connection broke. */
export interface PostAnswer {
  readonly status: number;
  readonly retryAfterMs: number | null;
}

interface Acknowledgement {
  readonly accepted: readonly string[];
  readonly duplicates: readonly string[];
  readonly rejected: readonly unknown[];
  readonly retry_after_s?: number;
}

/** Sends batches over one WebSocket at a time, one after the other, and opens another when it breaks. */
export function createWebSocketPoster(url: string): {
  post(body: string): Promise<PostAnswer>;
  close(): void;
} {
  let client: WebSocket | null = null;

  const open = async (): Promise<WebSocket | null> => {
    if (client?.readyState === WebSocket.OPEN) return client;
    const opened = new WebSocket(`${url.replace('http:', 'ws:')}/v1/ws`);
    opened.on('error', () => undefined);
    client = await new Promise<WebSocket | null>((resolve) => {
      opened.once('open', () => resolve(opened));
      opened.once('close', () => resolve(null));
    });
    return client;
  };

  return {
    async post(body) {
      const socket = await open();
      if (socket === null) return { status: 0, retryAfterMs: null };
      return new Promise((resolve) => {
        const broken = (): void => resolve({ status: 0, retryAfterMs: null });
        socket.once('close', broken);
        socket.once('message', (data: Buffer) => {
          socket.removeListener('close', broken);
          const { rejected, retry_after_s: retryAfterS } = JSON.parse(data.toString()) as Acknowledgement;
          const retryAfterMs = retryAfterS === undefined ? null : retryAfterS * 1000;
          resolve({ status: rejected.length === 0 ? 202 : 503, retryAfterMs });
        });
        socket.send(body);
      });
    },
    close: () => client?.terminate(),
  };
}
