import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { type ConnectionMessage, isTakenMessage, type PortName } from './messages.ts';

/** A connection that is on its way to the child. */
interface Pending {
  readonly port: PortName;
  readonly socket: Socket;
}

/** Hands connections to one child. */
export interface HandOver {
  /** Sends a connection. The parent keeps its own end open until the child has said that it took it. */
  send(port: PortName, socket: Socket): void;
  /** Takes back what the child has not taken. Call it when the child has ended and its last words were read. */
  takeBack(): readonly Pending[];
}

/** Builds the hand-over to a child. Ends with the child. */
export function createHandOver(child: ChildProcess): HandOver {
  const pending = new Map<number, Pending>();
  let lastId = 0;

  child.on('message', (message: unknown) => {
    if (!isTakenMessage(message)) return;
    // Closes the parent's copy of the descriptor; the connection lives on in the child.
    pending.get(message.id)?.socket.destroy();
    pending.delete(message.id);
  });

  return {
    send(port, socket) {
      lastId += 1;
      const message: ConnectionMessage = { type: 'connection', port, id: lastId };
      pending.set(lastId, { port, socket });
      // Without keepOpen node closes its copy when the child dies with the socket in the pipe, and forgets the sockets
      // that queue behind it. An error means that the child is ending: `takeBack` follows.
      child.send(message, socket, { keepOpen: true }, () => undefined);
    },
    takeBack() {
      const left = [...pending.values()];
      pending.clear();
      return left;
    },
  };
}
