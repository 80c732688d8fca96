import type { z } from 'zod';
import type { CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { mintToken } from '../tokens/mint-token.ts';
import { readTokenSecret } from '../tokens/token-secret.ts';
import { type Answer, createBridgeClient, type Query } from './bridge-client.ts';
import { localAddress } from './local-address.ts';

/** How long one question may take unless `--timeout` says otherwise. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** The query API of the bridge that runs here. */
export interface ConnectedBridge {
  /** For instance `http://127.0.0.1:8081`. */
  readonly baseUrl: string;
  /**
   * Asks for `path?query`.
   * @param action what could not be done, as a message begins: `Cannot read usage`
   * @throws CliError NOT_RUNNING, USAGE (the bridge does not take a parameter), NOT_FOUND or FAILED
   */
  get<Value>(action: string, path: string, query: Query, schema: z.ZodType<Value>): Promise<Value>;
  /** Has something done by `POST path`. Throws as `get` does. */
  post<Value>(action: string, path: string, body: unknown, schema: z.ZodType<Value>): Promise<Value>;
}

/**
 * Finds the query API of this installation and gets leave to read. Nothing is asked yet.
 * @throws CliError SETTINGS_INVALID
 */
export async function connectToBridge(context: CommandContext): Promise<ConnectedBridge> {
  const { settings } = await context.loadSettings();
  const secret = await readTokenSecret(context.paths.tokenSecretFile);
  const baseUrl = `http://${localAddress(settings.listen[0])}:${settings.ports.ui}`;
  const client = createBridgeClient({
    baseUrl,
    token: secret === null ? null : mintToken(secret, { scope: 'query' }),
    timeoutMs: context.globals.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });
  const unwrap = <Value>(action: string, answer: Answer<Value>): Value => {
    if (answer.status === 'ok') return answer.value;
    if (answer.status === 'unreachable') {
      const message = `${action}: nothing answers at ${baseUrl} (${answer.reason})`;
      throw new CliError('NOT_RUNNING', message, { fix: ['monitor up'] });
    }
    switch (answer.httpStatus) {
      // These two say in full what is wrong with what was asked.
      case 400:
        throw new CliError('USAGE', answer.reason);
      case 404:
        throw new CliError('NOT_FOUND', answer.reason, { fix: ['monitor session list'] });
      default:
        throw new CliError(
          'FAILED',
          `${action}: ${baseUrl} answered ${answer.httpStatus}: ${answer.reason}`,
          {
            fix: ['monitor status', 'monitor logs bridge'],
          },
        );
    }
  };
  return {
    baseUrl,
    get: async (action, path, query, schema) => unwrap(action, await client.get(path, query, schema)),
    post: async (action, path, body, schema) => unwrap(action, await client.post(path, body, schema)),
  };
}
