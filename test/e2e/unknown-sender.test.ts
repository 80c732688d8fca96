import { expect, it } from 'vitest';
import { encodeRequest } from '../../otel-bridge/otlp/codec.ts';
import { startBridge } from '../helpers/bridge.ts';
import { logsRequest, makeSpan, tracesRequest } from '../helpers/otlp-spans.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const RESOURCE = { 'service.name': 'somebody', project: 'demo', agent: 'bob' };

async function send(url: string, body: Uint8Array): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body),
  });
  expect(response.status).toBe(200);
}

it('a sender that nobody knows is in the status with its last log and span, and has no session', async () => {
  await using bridge = await startBridge();
  await send(`${bridge.otlpUrl}/v1/logs`, encodeRequest('logs', logsRequest([{}], RESOURCE)));
  const span = makeSpan({ name: 'GET /', id: 'a' });
  await send(`${bridge.otlpUrl}/v1/traces`, encodeRequest('traces', tracesRequest([span], RESOURCE)));
  const { agents } = (await bridge.query('/v1/status')) as { agents: Record<string, unknown>[] };
  expect(agents).toEqual([
    {
      framework: 'somebody',
      project: 'demo',
      agent: 'bob',
      last_event_at: null,
      last_metric_at: null,
      last_log_at: expect.any(String),
      last_span_at: expect.any(String),
      sessions_24h: 0,
    },
  ]);
});

it('one that follows the GenAI conventions has sessions, runs and tokens under its own name', async () => {
  await using bridge = await startBridge();
  const conversation = { 'gen_ai.conversation.id': 'conv-1' };
  const tokens = { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 50 };
  const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5.2', ...tokens };
  const nowMs = Date.now() - Date.parse('2026-11-20T11:59:00Z');
  const spans = [
    makeSpan({
      name: 'chat',
      id: 'c',
      parent: 'a',
      startMs: nowMs,
      attributes: { ...call, ...conversation },
    }),
    makeSpan({
      name: 'invoke_agent',
      id: 'a',
      startMs: nowMs - 10,
      endMs: nowMs + 200,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', ...tokens, ...conversation },
    }),
  ];
  for (const one of spans.toReversed()) {
    await send(`${bridge.otlpUrl}/v1/traces`, encodeRequest('traces', tracesRequest([one], RESOURCE)));
  }
  const usage = await waitUntil(
    async () => (await bridge.query('/v1/usage?by=agent')) as { rows: { runs: number }[] },
    ({ rows }) => rows[0]?.runs === 1,
  );
  expect(usage.rows).toMatchObject([
    { key: { agent: 'bob' }, input_tokens: 1000, output_tokens: 50, sessions: 1, runs: 1 },
  ]);
});
