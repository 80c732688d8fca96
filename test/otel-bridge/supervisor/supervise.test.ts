import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { PortName } from '../../../otel-bridge/supervisor/messages.ts';
import { type Supervisor, startSupervisor } from '../../../otel-bridge/supervisor/supervise.ts';

async function freePorts(): Promise<Record<PortName, number>> {
  const servers = await Promise.all(
    [1, 2, 3, 4].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const [ingest = 0, ui = 0, otlp_grpc = 0, otlp_http = 0] = servers.map((server) => {
    const address = server.address();
    server.close();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  return { ingest, ui, otlp_grpc, otlp_http };
}

let supervisor: Supervisor | undefined;
afterEach(async () => {
  supervisor?.stop();
  await supervisor?.ended;
  supervisor = undefined;
});

async function start(
  ...childArgs: string[]
): Promise<{ url: string; logs: string[]; ports: Record<PortName, number> }> {
  const ports = await freePorts();
  const logs: string[] = [];
  supervisor = await startSupervisor({
    listen: ['127.0.0.1'],
    ports,
    childPath: join(import.meta.dirname, 'echo-child.ts'),
    childArgs,
    log: (message) => logs.push(message),
  });
  return { url: `http://127.0.0.1:${ports.ingest}/`, logs, ports };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: { length?: number; pid?: number };
}

async function post(url: string, body: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body });
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Answer['body'],
  };
}

async function until(url: string, status: number): Promise<Answer> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await post(url, 'x');
    if (answer.status === status) return answer;
    await delay(50);
  }
  throw new Error(`never answered ${status}`);
}

it('answers 503 with Retry-After until the child is ready, then the child answers', async () => {
  const { url } = await start();
  const early = await post(url, 'x');
  expect(early.status === 503 ? early.retryAfter : '1').toBe('1');
  expect((await until(url, 200)).body.length).toBe(1);
});

it('hands over whole uploads of many connections at once', async () => {
  const { url } = await start();
  await until(url, 200);
  const body = 'x'.repeat(1_000_000);
  const answers = await Promise.all(Array.from({ length: 200 }, () => post(url, body)));
  expect(answers.every((answer) => answer.status === 200 && answer.body.length === body.length)).toBe(true);
});

it('never refuses a connection while the child is killed again and again', async () => {
  const { url, logs } = await start();
  let pid = (await until(url, 200)).body.pid ?? 0;
  const statuses = new Set<number | string>();
  let running = true;
  const stream = (async () => {
    while (running) {
      try {
        statuses.add((await post(url, 'x')).status);
      } catch (error) {
        const { code } = (error as { cause: { code: string } }).cause;
        // A request that the killed child had taken ends with it; a refused connection would be ours.
        statuses.add(code === 'ECONNREFUSED' ? code : 'lost with the child');
      }
    }
  })();
  for (let round = 0; round < 3; round += 1) {
    process.kill(pid, 'SIGKILL');
    await delay(100);
    pid = (await until(url, 200)).body.pid ?? 0;
  }
  running = false;
  await stream;
  expect(statuses).toContain(200);
  expect(statuses).toContain(503);
  expect(statuses).not.toContain('ECONNREFUSED');
  expect(logs.length).toBe(3);
}, 30_000);

/** Everything that the other end sends until it closes. */
async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'close');
  return text;
}

const POST_5 = 'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\nconnection: close\r\n\r\n';

it('loses no byte that a client sent before the child was there', async () => {
  const { ports, url } = await start();
  await delay(100);
  const socket = connect(ports.ingest, '127.0.0.1');
  socket.write(`${POST_5}12345`);
  // The child says that it is ready 300 ms after its start; connections wait 250 ms for that.
  const answer = await readAll(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 (?:200 OK.*"length":5|503 )/s);
  await until(url, 200);
});

it('serves clients that send one byte after another, and those that close their side first', async () => {
  const { ports, url } = await start('slow');
  await until(url, 200);
  const slow = connect(ports.ingest, '127.0.0.1');
  for (const byte of `${POST_5}12345`) {
    slow.write(byte);
    await delay(1);
  }
  expect(await readAll(slow)).toContain('"length":5');
  const halfOpen = connect({ port: ports.ingest, host: '127.0.0.1', allowHalfOpen: true });
  halfOpen.end(`${POST_5}12345`);
  expect(await readAll(halfOpen)).toContain('"length":5');
});

it('keeps a connection for all requests of a client', async () => {
  const { url } = await start();
  await until(url, 200);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<Socket | null>();
  for (let round = 0; round < 20; round += 1) {
    const asked = request(url, { method: 'POST', agent });
    asked.end('x'.repeat(round));
    const [response] = await once(asked, 'response');
    sockets.add(asked.socket);
    response.resume();
    await once(response, 'end');
  }
  agent.destroy();
  expect(sockets.size).toBe(1);
});

it('answers itself what a killed child had not taken yet', async () => {
  const { url, ports } = await start();
  const pid = (await until(url, 200)).body.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  const sockets = Array.from({ length: 30 }, () => connect(ports.ingest, '127.0.0.1'));
  const answers = sockets.map((socket) => readAll(socket));
  for (const socket of sockets) socket.write(`${POST_5}12345`);
  await delay(200);
  process.kill(pid, 'SIGKILL');
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 (?:503 .*Retry-After: 1|200 OK.*"length":5)/s);
  }
});

it('keeps gRPC clients waiting until the child is there', async () => {
  const { ports } = await start();
  const socket = connect(ports.otlp_grpc, '127.0.0.1');
  socket.write(`${POST_5}12345`);
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 OK.*"length":5/s);
});

it('closes connections of gRPC clients when no child comes', async () => {
  const { ports, logs } = await start('exit', '1');
  const socket = connect(ports.otlp_grpc, '127.0.0.1');
  socket.on('error', () => undefined);
  await vi.waitUntil(() => logs.length > 0, { timeout: 20_000 });
  supervisor?.stop();
  expect(await readAll(socket)).toBe('');
});

it('survives clients that hang up at once', async () => {
  const { url, ports } = await start();
  await until(url, 200);
  for (let round = 0; round < 100; round += 1) {
    const socket = connect(ports.ingest, '127.0.0.1');
    await once(socket, 'connect');
    if (round % 2 === 0) socket.write('POST / HT');
    socket.resetAndDestroy();
  }
  expect((await post(url, 'x')).status).toBe(200);
});

it('lets the child finish when it stops, and tells newcomers to come back', async () => {
  const { url, ports } = await start('slow');
  await until(url, 200);
  const last = post(url, 'last');
  await delay(100);
  supervisor?.stop();
  const late = connect(ports.ingest, '127.0.0.1');
  late.write(`${POST_5}12345`);
  expect(await readAll(late)).toMatch(/^HTTP\/1\.1 503 /);
  expect(await last).toMatchObject({ status: 200, body: { length: 4 } });
  expect(await supervisor?.ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
});

it('ends when the child says that its configuration is wrong', async () => {
  const { logs } = await start('exit', '78');
  expect(await supervisor?.ended).toBe(78);
  expect(logs).toEqual([]);
});

it('waits longer and longer between children that fail', async () => {
  const { logs } = await start('exit', '1');
  await vi.waitUntil(() => logs.length >= 3, { timeout: 20_000 });
  expect(logs.slice(0, 3)).toEqual(
    [200, 400, 800].map((ms) => `the bridge ended (code 1), starting it again in ${ms} ms`),
  );
});

it('takes its child along when it is killed itself', async () => {
  const ports = await freePorts();
  const parent = fork(join(import.meta.dirname, 'supervise-child.ts'), [JSON.stringify(ports)]);
  const url = `http://127.0.0.1:${ports.ingest}/`;
  await vi.waitFor(() => post(url, 'x'), { timeout: 20_000 });
  const pid = (await until(url, 200)).body.pid ?? 0;
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 20_000 });
}, 20_000);

it('names the port that is taken', async () => {
  const ports = await freePorts();
  const taken = createServer().listen(ports.ui, '127.0.0.1');
  await expect(
    startSupervisor({
      listen: ['127.0.0.1'],
      ports,
      childPath: join(import.meta.dirname, 'echo-child.ts'),
      childArgs: [],
      log: () => undefined,
    }),
  ).rejects.toThrow(`Cannot listen on 127.0.0.1:${ports.ui} (ui)`);
  taken.close();
});
