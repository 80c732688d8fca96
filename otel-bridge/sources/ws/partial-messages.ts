import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Admission } from '../admission/admission.ts';

/** What happens with messages that are not whole yet. */
export interface PartialMessagesOptions {
  /** Shared by all doors. */
  readonly admission: Admission;
  /** Called when there is no room for what this client has in the air. */
  readonly onTooMuch: () => void;
}

const INTERVAL_MS = 250;
/** A client with less than this in the air is not the one who fills the memory. */
const MODEST_BYTES = 64 * 1024;

/**
 * Counts what a client sent of a message that is not whole yet, so that many clients with a large message each, sent
 * slowly, cannot fill the memory: the WebSocket tells only of whole messages, the connection of every byte. Those who
 * hold the most are told first; each that goes makes room for the others.
 */
export function watchPartialMessages(
  client: WebSocket,
  socket: Socket,
  { admission, onTooMuch }: PartialMessagesOptions,
): void {
  let wholeBytes = socket.bytesRead;
  /** Of the message that is on its way; none for what comes whole. */
  let pass: ReturnType<Admission['enter']> | undefined;
  const leave = (): void => {
    pass?.[Symbol.dispose]();
    pass = undefined;
  };
  const timer = setInterval(() => {
    const bytes = socket.bytesRead - wholeBytes;
    if (bytes <= MODEST_BYTES) return;
    try {
      pass ??= admission.enter({ bytes, evict: onTooMuch });
      pass.hold(bytes);
    } catch {
      // The refusal says nothing more than that.
      onTooMuch();
    }
  }, INTERVAL_MS).unref();
  client.on('message', () => {
    wholeBytes = socket.bytesRead;
    leave();
  });
  client.once('close', () => {
    clearInterval(timer);
    leave();
  });
}
