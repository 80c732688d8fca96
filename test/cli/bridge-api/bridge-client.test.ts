import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBridgeClient } from '../../../cli/bridge-api/bridge-client.ts';
import { localAddress } from '../../../cli/bridge-api/local-address.ts';

const schema = z.object({ path: z.string(), token: z.string().nullable() });

async function startServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('createBridgeClient()', () => {
  it('asks with the parameters that are given and the token', async () => {
    await using server = await startServer((request, response) => {
      response.end(JSON.stringify({ path: request.url, token: request.headers.authorization ?? null }));
    });
    const client = createBridgeClient({ baseUrl: server.baseUrl, token: 'amt_a.b', timeoutMs: 1_000 });
    expect(await client.get('/v1/usage', { by: 'day,model', since: undefined }, schema)).toEqual({
      status: 'ok',
      value: { path: '/v1/usage?by=day%2Cmodel', token: 'Bearer amt_a.b' },
    });
  });

  it('passes on why the bridge refused', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' });
      response.end('{"title":"Bad Request","detail":"Cannot read \\"by\\""}');
    });
    const client = createBridgeClient({ baseUrl: server.baseUrl, token: null, timeoutMs: 1_000 });
    expect(await client.get('/', {}, schema)).toEqual({
      status: 'refused',
      httpStatus: 400,
      reason: 'Cannot read "by"',
    });
  });

  it('asks once more where the connection is cut off, and only once', async () => {
    let asked = 0;
    let cut = 1;
    await using server = await startServer((request, response) => {
      asked += 1;
      if (asked <= cut) request.socket.resetAndDestroy();
      else response.end(JSON.stringify({ path: request.url, token: null }));
    });
    const client = createBridgeClient({ baseUrl: server.baseUrl, token: null, timeoutMs: 10_000 });
    expect(await client.get('/', {}, schema)).toMatchObject({ status: 'ok' });
    cut = 10;
    expect(await client.get('/', {}, schema)).toMatchObject({ status: 'unreachable' });
    expect(asked).toBe(4);
  });

  it('takes what it does not understand for a refusal', async () => {
    await using server = await startServer((_, response) => response.end('<html>'));
    const client = createBridgeClient({ baseUrl: server.baseUrl, token: null, timeoutMs: 1_000 });
    expect(await client.get('/', {}, schema)).toMatchObject({ status: 'refused', httpStatus: 200 });
  });

  it('says that nobody answers: refused, silent, or gone', async () => {
    await using silent = await startServer(() => undefined);
    const ask = (baseUrl: string) =>
      createBridgeClient({ baseUrl, token: null, timeoutMs: 50 }).get('/', {}, schema);
    expect(await ask(silent.baseUrl)).toMatchObject({
      status: 'unreachable',
      reason: 'no answer within 50 ms',
    });
    const gone = await startServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await ask(gone.baseUrl)).toMatchObject({
      status: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('localAddress()', () => {
  it.each([
    [undefined, '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '[::1]'],
    ['::1', '[::1]'],
    ['10.0.0.7', '10.0.0.7'],
  ])('%s is reached at %s', (address, reached) => {
    expect(localAddress(address)).toBe(reached);
  });
});
