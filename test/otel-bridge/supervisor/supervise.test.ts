import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
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
});

async function start(): Promise<{ url: string; logs: string[] }> {
  const ports = await freePorts();
  const logs: string[] = [];
  supervisor = await startSupervisor({
    listen: ['127.0.0.1'],
    ports,
    childPath: join(import.meta.dirname, 'echo-child.ts'),
    childArgs: [],
    log: (message) => logs.push(message),
  });
  return { url: `http://127.0.0.1:${ports.ingest}/`, logs };
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
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(url, body)));
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
