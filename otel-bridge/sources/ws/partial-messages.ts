import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { BodyBudget } from '../http/read-body.ts';

/** What happens with messages that are not whole yet. */
export interface PartialMessagesOptions {
  /** Memory that all clients share. */
  readonly budget: BodyBudget;
  /** Called when the shared memory is full and this client holds a good part of it. */
  readonly onTooMuch: () => void;
}

const INTERVAL_MS = 250;
/** A client with less than this in the air is not the one who fills the memory. */
const MODEST_BYTES = 64 * 1024;

/**
 * Counts what a client sent of a message that is not whole yet, so that many clients with a large message each, sent
 * slowly, cannot fill the memory: the WebSocket tells only of whole messages, the connection of every byte.
 */
export function watchPartialMessages(
  client: WebSocket,
  socket: Socket,
  { budget, onTooMuch }: PartialMessagesOptions,
): void {
  let wholeBytes = socket.bytesRead;
  let heldBytes = 0;
  const hold = (bytes: number): void => {
    budget.usedBytes += bytes - heldBytes;
    heldBytes = bytes;
  };
  const timer = setInterval(() => {
    hold(socket.bytesRead - wholeBytes);
    if (budget.usedBytes > budget.limitBytes && heldBytes > MODEST_BYTES) onTooMuch();
  }, INTERVAL_MS).unref();
  client.on('message', () => {
    wholeBytes = socket.bytesRead;
    hold(0);
  });
  client.once('close', () => {
    clearInterval(timer);
    hold(0);
  });
}
