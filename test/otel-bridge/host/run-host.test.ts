import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../otel-bridge/domain/envelope.ts';
import { runHost } from '../../../otel-bridge/host/run-host.ts';
import { RecordingLog } from '../../helpers/recording-log.ts';
import { TranscriptHome, turnLines } from '../../helpers/transcript-home.ts';
import { waitUntil } from '../../helpers/wait-until.ts';

interface Received {
  authorization: string | undefined;
  encoding: string | undefined;
  envelopes: Envelope[];
}

let place: TranscriptHome;
let log: RecordingLog;
let server: Server;
let received: Received[];
let answer: (envelopes: Envelope[]) => { status: number; body?: unknown };
beforeEach(async () => {
  place = new TranscriptHome();
  log = new RecordingLog();
  received = [];
  answer = (envelopes) => ({
    status: 202,
    body: { accepted: envelopes.length, duplicates: 0, rejected: [] },
  });
  server = createServer(async (request, response) => {
    const envelopes = JSON.parse(gunzipSync(await readBody(request)).toString('utf8')) as Envelope[];
    const { status, body } = answer(envelopes);
    const { authorization } = request.headers;
    received.push({ authorization, encoding: request.headers['content-encoding'], envelopes });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  place[Symbol.dispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function writeConfig(overrides: object = {}): string {
  const { port } = server.address() as AddressInfo;
  const path = join(place.folder, 'host.json');
  const config = {
    homes: [place.home],
    import_days: 30,
    follow: true,
    hostname: 'devbox',
    bridge_url: `http://127.0.0.1:${port}`,
    token_file: null,
    ...overrides,
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const accepted = () => received.flatMap(({ envelopes }) => envelopes);

describe('runHost()', () => {
  it('posts the events of transcripts as envelopes, and says how far it came', async () => {
    const tokenFile = join(place.folder, 'token');
    writeFileSync(tokenFile, 'amt_123\n');
    place.write('s1', turnLines('s1'));
    const progress: string[] = [];
    const result = await runHost({
      configPath: writeConfig({ token_file: tokenFile }),
      once: true,
      log,
      onProgress: (line) => progress.push(line),
    });
    expect(result).toMatchObject({ state: 'done', files_total: 1, files_done: 1, events: 3, sessions: 1 });
    expect(JSON.parse(progress.at(-1) ?? '')).toEqual(result);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ authorization: 'Bearer amt_123', encoding: 'gzip' });
    expect(accepted().map(({ event }) => event.type)).toEqual(['session.start', 'prompt', 'api.request']);
    expect(accepted()[0]).toMatchObject({
      schema: { name: 'agentmon.event', version: 1 },
      event: { source: { framework: 'claude-code', host: 'devbox' } },
      correlation: { session_id: 's1' },
      attributes: { 'agent_monitor.origin': 'transcript' },
    });
    expect(JSON.stringify(accepted())).not.toContain('hello');
  });

  it('lets texts out where privacy allows', async () => {
    place.write('s1', turnLines('s1', new Date(), 'hello'));
    await runHost({ configPath: writeConfig({ privacy: { prompts: true } }), once: true, log });
    expect(accepted().find(({ event }) => event.type === 'prompt')?.payload.text).toBe('hello');
  });

  it('tries again while the bridge is away', async () => {
    place.write('s1', turnLines('s1'));
    let refusals = 1;
    const accept = answer;
    answer = (envelopes) => (refusals-- > 0 ? { status: 503 } : accept(envelopes));
    const result = await runHost({ configPath: writeConfig(), once: true, log });
    expect(result.events).toBe(3);
    expect(received).toHaveLength(2);
    expect(received[1]?.envelopes).toEqual(received[0]?.envelopes);
    expect(log.messages('warn')[0]).toContain('it answered 503');
  });

  it('gives up at once where a single reading is refused for good', async () => {
    place.write('s1', turnLines('s1'));
    answer = () => ({ status: 401 });
    const reading = runHost({ configPath: writeConfig(), once: true, log });
    await expect(reading).rejects.toThrow(/it answered 401 .*Check the token file/);
  });

  it('leaves out what the bridge refuses for good, and says so', async () => {
    place.write('s1', turnLines('s1'));
    answer = (envelopes) => ({
      status: 202,
      body: {
        accepted: 2,
        duplicates: 0,
        rejected: [{ index: 0, id: envelopes[0]?.event.id, code: 'invalid', message: 'no' }],
      },
    });
    await runHost({ configPath: writeConfig(), once: true, log });
    expect(log.messages('warn')).toEqual([
      `The bridge refused event "claude-code:session:s1": no. It is left out`,
    ]);
  });

  it('sends less at once where the bridge finds it too much', async () => {
    place.write('s1', [...turnLines('s1'), ...turnLines('s1')]);
    const accept = answer;
    answer = (envelopes) => (envelopes.length > 2 ? { status: 413 } : accept(envelopes));
    await runHost({ configPath: writeConfig(), once: true, log });
    const taken = received
      .filter(({ envelopes }) => envelopes.length <= 2)
      .flatMap(({ envelopes }) => envelopes);
    expect(taken).toHaveLength(5);
  });

  it('follows until it is told to end', async () => {
    place.write('s1', turnLines('s1'));
    const stop = new AbortController();
    const running = runHost({ configPath: writeConfig(), log, signal: stop.signal });
    await waitUntil(() => accepted().length === 3, Boolean);
    place.write('s2', turnLines('s2'));
    await waitUntil(() => accepted().length === 6, Boolean);
    stop.abort();
    await running;
  });

  it('reads what a person hands in as an import, whole and again', async () => {
    const path = place.write('s1', turnLines('s1', new Date(Date.now() - 400 * 86_400_000)));
    for (let time = 0; time < 2; time++) {
      received = [];
      await runHost({ configPath: writeConfig({ homes: [] }), path, log });
      expect(accepted().map(({ attributes }) => attributes['agent_monitor.origin'])).toEqual([
        'import',
        'import',
        'import',
      ]);
    }
  });

  it.each([
    [{ homes: 'x' }, /homes: /],
    [{ bridge_url: 'nowhere' }, /bridge_url: /],
    [{ colour: 'red' }, /colour/],
  ])('refuses a configuration with %j', async (overrides, message) => {
    await expect(runHost({ configPath: writeConfig(overrides), log })).rejects.toThrow(message);
  });

  it('names a configuration that is not there', async () => {
    await expect(runHost({ configPath: join(place.folder, 'none.json'), log })).rejects.toThrow(
      /run "monitor init" first/,
    );
  });
});
