import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AgentEvent } from '../../../otel-bridge/domain/event.ts';
import { makeEvent } from '../../helpers/make-event.ts';
import { startQueryServer, type TestQueryServer } from '../../helpers/query-server.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');
const DAY_MS = 86_400_000;

let api: TestQueryServer;
let publish: (events: readonly AgentEvent[]) => void;
let listening: boolean;
let url: string;

async function start(): Promise<void> {
  listening = true;
  api = await startQueryServer({
    clock: () => NOW_MS,
    access: {
      isKnownHost: (host) => host?.startsWith('127.0.0.1') ?? false,
      isKnownOrigin: (origin, host) => origin === `http://${host}`,
      mayRead: async (_request, token) => token === 'amt_good.one',
    },
    onEvents(listener) {
      publish = listener;
      return () => {
        listening = false;
      };
    },
  });
  url = `${api.url.replace('http:', 'ws:')}/v1/ws`;
}
beforeEach(start);
afterEach(() => api[Symbol.asyncDispose]());

const TOKEN = { 'x-agent-monitor-token': 'amt_good.one' };

interface Watching {
  readonly client: WebSocket;
  readonly received: { event: { id: string } }[];
}

async function watch(query = '', headers: Record<string, string> = TOKEN): Promise<Watching> {
  const client = new WebSocket(`${url}${query}`, { headers });
  const received: Watching['received'] = [];
  client.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
  await once(client, 'open');
  return { client, received };
}

/** An event of now, unless told otherwise. */
const makeLive = (over: Partial<AgentEvent>): AgentEvent =>
  makeEvent({ type: 'span.start', tsMs: NOW_MS, ...over });

/** Waits for that many events. */
const arrival = ({ received }: Watching, count: number): Promise<unknown> =>
  waitUntil(
    () => received.length,
    (length) => length >= count,
  );

const idsOf = ({ received }: Watching): string[] => received.map(({ event }) => event.id);

async function refusedWith(query: string, headers: Record<string, string>): Promise<number | undefined> {
  const client = new WebSocket(`${url}${query}`, { headers });
  client.on('error', () => undefined);
  const [, response] = (await once(client, 'unexpected-response')) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

describe('the live feed', () => {
  test('sends every event, in order, to everybody who watches, as the API writes it', async () => {
    const watchers = await Promise.all([watch(), watch()]);
    publish([makeLive({ id: 'a', type: 'run.start' }), makeLive({ id: 'b' })]);
    publish([makeLive({ id: 'c' })]);
    for (const watcher of watchers) {
      await arrival(watcher, 3);
      expect(idsOf(watcher)).toEqual(['a', 'b', 'c']);
      expect(watcher.received[0]).toMatchObject({
        schema: { name: 'agentmon.event', version: 1 },
        event: { type: 'run.start', ts: '2026-11-21T10:00:00.000Z' },
        received_at: '2026-11-21T10:00:00.000Z',
      });
    }
  });

  test('sends only what was asked for', async () => {
    const [byType, bySession, byFramework] = await Promise.all([
      watch('?event_type=run.start'),
      watch('?session_id=s-2'),
      watch('?framework=codex'),
    ]);
    publish([
      makeLive({ id: 'type', type: 'run.start' }),
      makeLive({ id: 'session', type: 'x', correlation: { sessionId: 's-2' } }),
      makeLive({ id: 'framework', type: 'x', source: { framework: 'codex' } }),
    ]);
    await Promise.all([byType, bySession, byFramework].map((watcher) => arrival(watcher, 1)));
    expect([byType, bySession, byFramework].map(idsOf)).toEqual([['type'], ['session'], ['framework']]);
  });

  test('shows no history as it is taken in, and old events of senders all the same', async () => {
    const watcher = await watch();
    const old = { tsMs: NOW_MS - 2 * DAY_MS };
    publish([
      makeLive({ id: 'history', origin: 'transcript', ...old }),
      makeLive({ id: 'late', origin: 'ingest', ...old }),
      makeLive({ id: 'live', origin: 'transcript' }),
    ]);
    await arrival(watcher, 2);
    expect(idsOf(watcher)).toEqual(['late', 'live']);
  });

  test('needs a token, which a page has in its cookie', async () => {
    expect(await refusedWith('', {})).toBe(401);
    expect(await refusedWith('', { authorization: 'Bearer amt_bad' })).toBe(401);
    const { client } = await watch('', { cookie: 'agent_monitor_token=amt_good.one' });
    expect(client.readyState).toBe(WebSocket.OPEN);
  });

  test('is for its own page alone, whatever cookie a browser sends along', async () => {
    const cookie = 'agent_monitor_token=amt_good.one';
    expect(await refusedWith('', { cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await refusedWith('', { ...TOKEN, host: 'evil.example' })).toBe(421);
    const { client } = await watch('', { cookie, origin: api.url });
    expect(client.readyState).toBe(WebSocket.OPEN);
  });

  test('says which parameters it knows', async () => {
    expect(await refusedWith('?sesion_id=1', TOKEN)).toBe(400);
  });

  test('lets a client go that does not read, and nobody else', async () => {
    const [slow, quick] = await Promise.all([watch(), watch()]);
    slow.client.pause();
    const payload = { text: 'x'.repeat(1024 * 1024) };
    for (let index = 0; index < 40; index += 1) {
      publish([makeLive({ id: `${index}`, payload })]);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await arrival(quick, 40);
    const closed = once(slow.client, 'close');
    slow.client.resume();
    await closed;
    expect(slow.received.length).toBeLessThan(40);
    expect(quick.client.readyState).toBe(WebSocket.OPEN);
  });

  test('says goodbye and hears no more events when the server ends', async () => {
    const { client } = await watch();
    const closed = once(client, 'close');
    await api[Symbol.asyncDispose]();
    expect((await closed)[0]).toBe(1001);
    expect(listening).toBe(false);
    await start();
  });
});
