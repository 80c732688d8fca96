import { Socket } from 'node:net';
import { isConnectionMessage, type PortName, type ReadyMessage, type TakenMessage } from './messages.ts';

/** What the child does with the sockets that its parent hands over. */
export interface ConnectionReceiver {
  /** Tells the parent that connections may come. */
  ready(): void;
}

/**
 * The child's side of the supervisor: takes over connections, and ends when the parent is gone.
 * @param onConnection gets each socket with nothing read from it yet, and must give it to its server at once
 * (`server.emit('connection', socket)`).
 * @param onParentGone is called when the parent died: the sockets are lost with it.
 */
export function receiveConnections(
  onConnection: (port: PortName, socket: Socket) => void,
  onParentGone: () => void,
): ConnectionReceiver {
  process.on('message', (message: unknown, handle: unknown) => {
    if (!isConnectionMessage(message)) return;
    // The parent must know before the first byte is read: until then it can still answer itself.
    tell({ type: 'taken', id: message.id });
    // A client that hung up during the hand-over leaves a message without a socket.
    if (!(handle instanceof Socket)) return;
    // As node's own servers do: a client that has said all may still want to hear the answer.
    handle.allowHalfOpen = true;
    onConnection(message.port, handle);
  });
  process.once('disconnect', onParentGone);
  return {
    ready: () => tell({ type: 'ready' }),
  };
}

function tell(message: ReadyMessage | TakenMessage): void {
  // Without a parent, or with one that died this moment, there is nobody to tell; `disconnect` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
