import { Socket } from 'node:net';
import { isConnectionMessage, type PortName, type ReadyMessage } from './messages.ts';

/** What the child does with the sockets that its parent hands over. */
export interface ConnectionReceiver {
  /** Tells the parent that connections may come. */
  ready(): void;
}

/**
 * The child's side of the supervisor: takes over connections, and ends when the parent is gone.
 * @param onConnection gets each socket, paused, with nothing read from it yet.
 * @param onParentGone is called when the parent died: the sockets are lost with it.
 */
export function receiveConnections(
  onConnection: (port: PortName, socket: Socket) => void,
  onParentGone: () => void,
): ConnectionReceiver {
  process.on('message', (message: unknown, handle: unknown) => {
    // A client that hung up during the hand-over leaves a message without a socket.
    if (isConnectionMessage(message) && handle instanceof Socket) onConnection(message.port, handle);
  });
  process.once('disconnect', onParentGone);
  return {
    ready() {
      process.send?.({ type: 'ready' } satisfies ReadyMessage);
    },
  };
}
