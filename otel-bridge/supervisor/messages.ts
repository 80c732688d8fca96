/** Names of the bridge's listening ports. */
export type PortName = 'ingest' | 'ui' | 'otlp_grpc' | 'otlp_http';

/** What the bridge tells its parent. */
export interface ReadyMessage {
  readonly type: 'ready';
}

/** What the parent sends with each socket that it hands over. */
export interface ConnectionMessage {
  readonly type: 'connection';
  readonly port: PortName;
}

/** True for the message that comes with a socket. */
export function isConnectionMessage(message: unknown): message is ConnectionMessage {
  return (
    typeof message === 'object' && message !== null && (message as ConnectionMessage).type === 'connection'
  );
}

/** True for the bridge's word that it can serve. */
export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && (message as ReadyMessage).type === 'ready';
}

/** Exit code of a bridge that a restart cannot help: its configuration or its journal's version is wrong (EX_CONFIG). */
export const EXIT_CONFIGURATION = 78;
