import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_HEADER } from '../../../cli/agents/token-header.ts';
import { mintToken } from '../../../cli/tokens/mint-token.ts';
import { ensureTokenSecret, readTokenSecret } from '../../../cli/tokens/token-secret.ts';
import { findToken } from '../../../otel-bridge/sources/tokens/find-token.ts';
import { readTokenSecret as readSecretOfBridge } from '../../../otel-bridge/sources/tokens/read-token-secret.ts';
import { createTokenVerifier } from '../../../otel-bridge/sources/tokens/verify-token.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'token-agreement-'));
});
afterEach(() => rm(folder, { recursive: true }));

const name = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' });

describe('what the command mints and the bridge verifies', () => {
  it('is the same for every grant, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 16 }),
        fc.constantFrom('ingest', 'query'),
        fc.option(name, { nil: undefined }),
        fc.option(name, { nil: undefined }),
        (secret, scope, project, agent) => {
          const token = mintToken(secret, { scope, project, agent });
          expect(createTokenVerifier(secret)(token)).toEqual({ scope, claims: { project, agent } });
          expect(createTokenVerifier(`${secret}x`)(token)).toBeNull();
        },
      ),
    );
  });

  it('is signed with the same text of the secret file', async () => {
    const path = join(folder, 'state/token-secret');
    const secret = await ensureTokenSecret(path);
    expect(readSecretOfBridge(path)).toBe(secret);
    expect(await readTokenSecret(path)).toBe(secret);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('travels in the header that agents are told to send', () => {
    const token = mintToken('a secret of enough length', { scope: 'ingest' });
    expect(findToken({ [TOKEN_HEADER]: token }, { cookie: false })).toBe(token);
  });
});

describe('ensureTokenSecret()', () => {
  it('never replaces a secret, whoever comes first', async () => {
    const path = join(folder, 'token-secret');
    const secrets = await Promise.all(Array.from({ length: 10 }, () => ensureTokenSecret(path)));
    expect(new Set(secrets).size).toBe(1);
    expect((await readFile(path, 'utf8')).trim()).toBe(secrets[0]);
  });

  it('there is none before', async () => {
    expect(await readTokenSecret(join(folder, 'token-secret'))).toBeNull();
  });
});
