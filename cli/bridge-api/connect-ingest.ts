import type { CommandContext } from '../command.ts';
import { probeReady } from '../embedded/probe-ready.ts';
import { CliError } from '../errors.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';
import { localAddress } from './local-address.ts';

/** Where events are sent. */
export interface IngestAccess {
  /** For instance `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** Token with scope `ingest`; null where this installation has no secret. */
  readonly token: string | null;
}

/**
 * Finds the ingest port of the bridge that runs here, ready to take events.
 * @param action what could not be done, as a message begins: `Cannot import`
 * @throws CliError SETTINGS_INVALID or NOT_RUNNING
 */
export async function connectToIngest(action: string, context: CommandContext): Promise<IngestAccess> {
  const { settings } = await context.loadSettings();
  const baseUrl = `http://${localAddress(settings.listen[0])}:${settings.ports.ingest}`;
  const readiness = await probeReady(baseUrl);
  if (readiness.state !== 'ready') {
    const message = `${action}: the bridge at ${baseUrl} is not ready (${readiness.reason})`;
    throw new CliError('NOT_RUNNING', message, { fix: ['monitor up'] });
  }
  const secret = await readTokenSecret(context.paths.tokenSecretFile);
  return { baseUrl, token: secret === null ? null : mintToken(secret, { scope: 'ingest' }) };
}
