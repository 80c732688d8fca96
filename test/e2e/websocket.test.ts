import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const socketUrl = (baseUrl: string): string => `${baseUrl.replace('http:', 'ws:')}/v1/ws`;

const envelope = (id: string) => ({
  schema: { name: 'agentmon.event', version: 1 },
  event: { id, type: 'run.start', ts: new Date().toISOString(), source: { framework: 'codex' } },
  correlation: { session_id: 's-1', run_id: id },
});

/** What the ingest port answers to a message. */
interface Acknowledgement {
  readonly accepted: readonly string[];
  readonly duplicates: readonly string[];
  readonly rejected: readonly { readonly id: string | null; readonly code: string }[];
}

/** A sender that keeps what is not acknowledged and sends it again on the next connection. */
async function sendUntil(bridge: RunningBridge, isOver: () => boolean): Promise<Set<string>> {
  const acknowledged = new Set<string>();
  const pending = new Map<string, object>();
  let next = 0;
  const isDone = (): boolean => isOver() && pending.size === 0;
  while (!isDone()) {
    const client = new WebSocket(socketUrl(bridge.ingestUrl));
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => undefined);
    client.on('message', (data: Buffer) => {
      const { accepted, duplicates, rejected } = JSON.parse(data.toString()) as Acknowledgement;
      expect(rejected).toEqual([]);
      for (const id of [...accepted, ...duplicates]) {
        acknowledged.add(id);
        pending.delete(id);
      }
    });
    client.once('open', async () => {
      if (pending.size > 0) client.send(JSON.stringify([...pending.values()]));
      while (client.readyState === WebSocket.OPEN && !isDone()) {
        for (let count = 0; count < 10 && !isOver() && pending.size < 500; count += 1) {
          const id = `event-${next++}`;
          pending.set(id, envelope(id));
          client.send(JSON.stringify(envelope(id)));
        }
        await delay(1);
      }
      client.close();
    });
    await closed;
    await delay(20);
  }
  return acknowledged;
}

describe('WebSockets on connections that the supervisor hands over', () => {
  test('show an event to all who watch, as soon as its sender has its acknowledgement', async () => {
    await using bridge = await startBridge();
    const watcher = new WebSocket(socketUrl(bridge.uiUrl));
    const received: { event: { id: string } }[] = [];
    watcher.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
    const sender = new WebSocket(socketUrl(bridge.ingestUrl));
    await Promise.all([once(watcher, 'open'), once(sender, 'open')]);

    const answer = once(sender, 'message');
    sender.send(JSON.stringify([envelope('by-socket'), envelope('by-socket')]));
    expect(JSON.parse(String((await answer)[0]))).toEqual({
      accepted: ['by-socket'],
      duplicates: ['by-socket'],
      rejected: [],
    });
    const response = await fetch(`${bridge.ingestUrl}/v1/events`, {
      method: 'POST',
      body: JSON.stringify(envelope('by-request')),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(202);
    await waitUntil(
      () => received.map(({ event }) => event.id),
      (ids) => ids.length >= 2,
      1000,
    );
    expect(received.map(({ event }) => event.id)).toEqual(['by-socket', 'by-request']);
    const goodbye = once(watcher, 'close');
    await bridge[Symbol.asyncDispose]();
    expect((await goodbye)[0]).toBe(1001);
  });

  test('lose nothing that they acknowledged when the bridge is killed', async () => {
    await using bridge = await startBridge();
    let isOver = false;
    const sending = sendUntil(bridge, () => isOver);
    let killedPid = Number.NaN;
    for (let round = 0; round < 3; round += 1) {
      await delay(700);
      const last = killedPid;
      killedPid = await waitUntil(
        () => bridge.childPid(),
        (pid) => pid !== last,
      );
      process.kill(killedPid, 'SIGKILL');
    }
    await delay(500);
    isOver = true;
    const acknowledged = await sending;
    expect(acknowledged.size).toBeGreaterThan(500);
    using database = new DatabaseSync(bridge.config.journal_path, { readOnly: true });
    const stored = database
      .prepare('SELECT id FROM events')
      .all()
      .map(({ id }) => String(id));
    const ids = new Set(stored);
    expect(ids.size).toBe(stored.length);
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
  });
});
