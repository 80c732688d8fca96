import { CliError } from '../errors.ts';
import { mintToken } from './mint-token.ts';
import { readTokenSecret } from './token-secret.ts';

/**
 * A token that may send, as one project and agent.
 * @throws CliError NOT_RUNNING where init never made a secret
 */
export async function mintIngestToken(secretFile: string, project: string, agent: string): Promise<string> {
  const secret = await readTokenSecret(secretFile);
  if (secret !== null) return mintToken(secret, { scope: 'ingest', project, agent });
  throw new CliError('NOT_RUNNING', `Cannot make a token: there is no "${secretFile}"`, {
    fix: ['monitor init'],
  });
}
