import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mintToken } from '../../../cli/tokens/mint-token.ts';

describe('mintToken()', () => {
  it('signs scope, project and agent', () => {
    const token = mintToken('secret', { scope: 'ingest', project: 'demo', agent: 'alice' });
    const [, payload = '', mac] = /^amt_([\w-]+)\.([\w-]{22})$/.exec(token) ?? [];
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      s: 'ingest',
      p: 'demo',
      a: 'alice',
    });
    const wanted = createHmac('sha256', 'secret').update(`amt1.${payload}`).digest('base64url');
    expect(mac).toBe(wanted.slice(0, 22));
  });

  it('leaves out what it does not fix', () => {
    const payload = mintToken('secret', { scope: 'query' }).slice(4).split('.')[0] ?? '';
    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"s":"query"}');
  });

  it('is the same for the same grant and another for another secret or grant', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (secret, project, other) => {
        fc.pre(project !== other);
        const token = mintToken(secret, { scope: 'ingest', project });
        expect(mintToken(secret, { scope: 'ingest', project })).toBe(token);
        expect(mintToken(secret, { scope: 'ingest', project: other })).not.toBe(token);
        expect(mintToken(`${secret}x`, { scope: 'ingest', project })).not.toBe(token);
      }),
    );
  });
});
