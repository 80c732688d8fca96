import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/errors.ts';
import { assertPortsFree } from '../../../cli/ports/assert-ports-free.ts';
import { findFreePorts } from '../../../cli/ports/find-free-ports.ts';
import { findPortOwner, listeningInodes } from '../../../cli/ports/port-owner.ts';

const LOOPBACK = ['127.0.0.1'];

let server: Server;
let taken: number;

beforeEach(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  taken = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

async function failureOf(promise: Promise<unknown>): Promise<CliError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError) return error;
  throw new Error(`expected a CliError, got ${String(error)}`);
}

describe('assertPortsFree()', () => {
  it('names port, part, owner and a free port to take instead', async () => {
    const error = await failureOf(assertPortsFree({ grafana: taken }, LOOPBACK));
    expect(error.code).toBe('PORT_IN_USE');
    expect(error.message).toBe(
      `Cannot start grafana: port ${taken} is used by ${(await findPortOwner(taken))?.command} (pid ${process.pid})`,
    );
    expect(error.fix[0]).toMatch(/^monitor up --port grafana=\d+$/);
    expect(error.fix).toContain('monitor init --ports auto');
  });

  it('proposes no port that is spoken for', async () => {
    const reserved = Array.from({ length: 50 }, (_, index) => taken + 1 + index);
    const error = await failureOf(assertPortsFree({ grafana: taken }, LOOPBACK, { reserved }));
    expect(Number(error.fix[0]?.split('=')[1])).toBeGreaterThan(taken + 50);
  });

  it('believes whoever knows more than the process table', async () => {
    const describeOwner = (port: number) => (port === taken ? 'container "web"' : null);
    const error = await failureOf(assertPortsFree({ loki: taken }, LOOPBACK, { describeOwner }));
    expect(error.message).toContain('is used by container "web"');
  });

  it('says when an address is none of this machine', async () => {
    const error = await failureOf(assertPortsFree({ ui: taken }, ['192.0.2.1']));
    expect(error).toMatchObject({
      code: 'SETTINGS_INVALID',
      message: 'Cannot listen on "192.0.2.1": it is no address of this machine',
    });
  });

  it('says nothing about free ports', async () => {
    const free = await findFreePorts({ ui: taken }, LOOPBACK);
    await assertPortsFree(free, LOOPBACK);
  });
});

describe('findFreePorts()', () => {
  it('keeps free ports, replaces taken ones, and gives no port twice', async () => {
    const { ui: free } = await findFreePorts({ ui: taken }, LOOPBACK);
    expect(free).toBeGreaterThan(taken);
    const both = await findFreePorts({ ui: taken, ingest: free }, LOOPBACK);
    expect(both.ingest).toBe(free);
    expect(both.ui).not.toBe(both.ingest);
    expect(both.ui).not.toBe(taken);
  });
});

describe('findPortOwner()', () => {
  it('finds this process', async () => {
    expect(await findPortOwner(taken)).toMatchObject({ pid: process.pid });
  });

  it('finds nobody where nobody listens', async () => {
    const { ui: free } = await findFreePorts({ ui: taken }, LOOPBACK);
    expect(await findPortOwner(free)).toBeNull();
  });
});

describe('listeningInodes()', () => {
  it('reads the sockets that listen, not those that are connected', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 x',
      '   1: 0100007F:0BB8 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 x',
      '   2: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 x',
    ].join('\n');
    expect(listeningInodes(table, 3000)).toEqual(['4711']);
  });
});
