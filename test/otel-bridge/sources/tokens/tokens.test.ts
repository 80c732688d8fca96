import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintToken } from '../../../../cli/tokens/mint-token.ts';
import { createAuthenticator } from '../../../../otel-bridge/sources/tokens/authenticator.ts';
import { findToken } from '../../../../otel-bridge/sources/tokens/find-token.ts';
import { readTokenSecret } from '../../../../otel-bridge/sources/tokens/read-token-secret.ts';
import { createTokenVerifier } from '../../../../otel-bridge/sources/tokens/verify-token.ts';

const SECRET = 'a-secret-of-the-tests-32-bytes-long';
const verify = createTokenVerifier(SECRET);
const ingest = mintToken(SECRET, { scope: 'ingest', project: 'demo', agent: 'a1' });
const query = mintToken(SECRET, { scope: 'query' });

describe('createTokenVerifier()', () => {
  it('reads what the command line minted, for any project and agent', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .map((text) => text.toWellFormed());
    fc.assert(
      fc.property(
        fc.option(name, { nil: undefined }),
        fc.option(name, { nil: undefined }),
        (project, agent) => {
          const grant = verify(mintToken(SECRET, { scope: 'ingest', project, agent }));
          expect(grant).toEqual({
            scope: 'ingest',
            claims: {
              ...(project === undefined ? {} : { project }),
              ...(agent === undefined ? {} : { agent }),
            },
          });
        },
      ),
    );
  });

  it('refuses a token that was changed anywhere', () => {
    fc.assert(
      fc.property(fc.nat(ingest.length - 1), fc.constantFrom('A', 'b', '0', '_', '.'), (at, character) => {
        const changed = ingest.slice(0, at) + character + ingest.slice(at + 1);
        fc.pre(changed !== ingest);
        expect(verify(changed)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('refuses tokens of another secret and texts that are none', () => {
    expect(createTokenVerifier('another-secret-of-32-bytes-long!')(ingest)).toBeNull();
    for (const text of ['', 'amt_', 'amt_.', `${ingest}x`, ` ${ingest}`, ingest.replace('.', '_')]) {
      expect(verify(text)).toBeNull();
    }
  });
});

describe('findToken()', () => {
  it.each([
    [{ authorization: 'Bearer t1' }, 't1'],
    [{ authorization: 'bearer  t1 ' }, 't1'],
    [{ authorization: 'Bearer%20t1' }, 't1'],
    [{ 'x-agent-monitor-token': 't2', authorization: 'Bearer t1' }, 't2'],
    [{ authorization: 'Basic dTpw' }, null],
    [{ cookie: 'a=b; agent_monitor_token=t3' }, 't3'],
    [{ cookie: 'not_agent_monitor_token=t3' }, null],
    [{}, null],
  ])('finds the token of %j', (headers, token) => {
    expect(findToken(headers, { cookie: true })).toBe(token);
  });

  it('does not take cookies where browsers have no business', () => {
    expect(findToken({ cookie: 'agent_monitor_token=t3' }, { cookie: false })).toBeNull();
  });
});

describe('createAuthenticator()', () => {
  const local = createAuthenticator({
    verify,
    requireTokens: false,
    allowUnauthenticatedFrom: ['172.18.0.0/16'],
  });
  const strict = createAuthenticator({
    verify,
    requireTokens: true,
    allowUnauthenticatedFrom: ['fd00::/8', '10.0.0.7'],
  });
  const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

  it.each([
    [local, '127.0.0.1', {}, 'ingest', true],
    [local, '::1', {}, 'ingest', true],
    [local, '::ffff:127.0.0.1', {}, 'query', true],
    [local, '192.168.1.5', {}, 'ingest', false],
    [local, '172.18.3.4', {}, 'ingest', true],
    [local, '::ffff:172.18.3.4', {}, 'ingest', true],
    [local, '172.18.3.4', {}, 'query', false],
    [local, undefined, {}, 'ingest', false],
    [local, '127.0.0.1', bearer('amt_wrong.wrong'), 'ingest', false],
    [local, '127.0.0.1', bearer(query), 'ingest', false],
    [strict, '127.0.0.1', {}, 'ingest', false],
    [strict, '10.0.0.7', {}, 'ingest', true],
    [strict, '10.0.0.8', {}, 'ingest', false],
    [strict, 'fd12::1', {}, 'ingest', true],
    [strict, '127.0.0.1', bearer(ingest), 'ingest', true],
    [strict, '127.0.0.1', bearer(ingest), 'query', false],
    [strict, '127.0.0.1', bearer(query), 'query', true],
    [strict, '127.0.0.1', { cookie: `agent_monitor_token=${query}` }, 'query', true],
    [strict, '127.0.0.1', { cookie: `agent_monitor_token=${ingest}` }, 'ingest', false],
  ] as const)('%#: from %s with %j for %s', (authenticator, remoteAddress, headers, scope, granted) => {
    expect(authenticator.authenticate({ headers, remoteAddress }, scope).granted).toBe(granted);
  });

  it('says what the token fixes', () => {
    const headers = { 'x-agent-monitor-token': ingest };
    expect(strict.authenticate({ headers, remoteAddress: '::1' }, 'ingest')).toEqual({
      granted: true,
      claims: { project: 'demo', agent: 'a1' },
    });
  });

  it.each(['gateway', '10.0.0.0/33', '1.2.3', '::/129', '10.0.0.0/x'])('refuses the address %s', (entry) => {
    expect(() =>
      createAuthenticator({ verify, requireTokens: true, allowUnauthenticatedFrom: [entry] }),
    ).toThrow(`Cannot use allow_unauthenticated_from entry "${entry}"`);
  });
});

describe('readTokenSecret()', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secret-'));

  it('reads the secret without the blanks around it', () => {
    writeFileSync(join(folder, 'good'), `${SECRET}\n`);
    expect(readTokenSecret(join(folder, 'good'))).toBe(SECRET);
  });

  it('says which file is missing or holds no secret', () => {
    writeFileSync(join(folder, 'short'), 'x\n');
    expect(() => readTokenSecret(join(folder, 'short'))).toThrow('found 1 characters, expected 16 or more');
    expect(() => readTokenSecret(join(folder, 'none'))).toThrow('Cannot read token secret');
  });
});
