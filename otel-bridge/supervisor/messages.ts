/** Names of the bridge's listening ports. */
export type PortName = 'ingest' | 'ui' | 'otlp_grpc' | 'otlp_http';

/** What the bridge tells its parent: it can serve. */
export interface ReadyMessage {
  readonly type: 'ready';
}

/** What the parent sends with each socket that it hands over. */
export interface ConnectionMessage {
  readonly type: 'connection';
  readonly port: PortName;
  /** Names the hand-over in the answer. */
  readonly id: number;
}

/** What the bridge tells its parent before it reads from a socket: the connection is its own now. */
export interface TakenMessage {
  readonly type: 'taken';
  readonly id: number;
}

/** True for the message that comes with a socket. */
export function isConnectionMessage(message: unknown): message is ConnectionMessage {
  return typeOf(message) === 'connection';
}

/** True for the bridge's word that it can serve. */
export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeOf(message) === 'ready';
}

/** True for the bridge's word that it has a connection. */
export function isTakenMessage(message: unknown): message is TakenMessage {
  return typeOf(message) === 'taken';
}

function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}

/** Exit code of a bridge that a restart cannot help: its configuration or its journal's version is wrong (EX_CONFIG). */
export const EXIT_CONFIGURATION = 78;
