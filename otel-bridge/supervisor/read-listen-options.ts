import { readFileSync } from 'node:fs';
import type { ListenOptions } from './listen-all.ts';
import type { PortName } from './messages.ts';

const PORT_NAMES: readonly PortName[] = ['ingest', 'ui', 'otlp_grpc', 'otlp_http'];

/**
 * Reads where to listen from a bridge's configuration file, which the bridge itself checks as a whole: the parent loads
 * nothing that it can do without.
 * @returns null where the file cannot be read so: reading it as the bridge does says why.
 */
export function readListenOptions(path: string): ListenOptions | null {
  try {
    const { listen, ports } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ListenOptions>;
    const isWhole =
      Array.isArray(listen) &&
      listen.every((address) => typeof address === 'string') &&
      PORT_NAMES.every((name) => Number.isInteger(ports?.[name]));
    return isWhole && ports !== undefined ? { listen, ports } : null;
  } catch {
    // No file, or no JSON.
    return null;
  }
}
