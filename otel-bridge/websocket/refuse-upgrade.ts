import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a WebSocket is not opened (RFC 9457). */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How long a refused client may take to read the answer. */
const REFUSAL_MS = 1000;

/** Answers a request for a WebSocket with a problem, and ends its connection. */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  if (socket.destroyed) return;
  const { status, code, detail } = refusal;
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const headers = {
    ...(status === 503 ? { 'retry-after': '1' } : {}),
    ...refusal.headers,
    connection: 'close',
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
  // What it sends meanwhile is read and dropped: a reset would take the answer away.
  socket.resume();
  setTimeout(() => socket.destroy(), REFUSAL_MS).unref();
}
