import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type MessagesRequest, type ModelApi, seededUsage, startModelApi, totalUsage } from './model-api.ts';
import { waitUntil } from './wait-until.ts';

const TOOLS = [{ name: 'Bash' }, { name: 'Agent' }];

/** Sends a request as Claude Code does and gathers the stream's events by type. */
async function ask(api: ModelApi, body: Partial<MessagesRequest>, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'claude-opus-5-5', stream: true, tools: TOOLS, messages: [], ...body }),
  });
  const text = await response.text();
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
  return { status: response.status, requestId: response.headers.get('request-id'), events };
}

function user(text: string) {
  return { role: 'user', content: [{ type: 'text', text }] };
}

const TOOL_TURN = [
  { role: 'assistant', content: [{ type: 'tool_use' }] },
  { role: 'user', content: [{ type: 'tool_result' }] },
];

describe('startModelApi()', () => {
  test('streams usage as the real API does and logs what it served', async () => {
    await using api = await startModelApi();
    const { requestId, events } = await ask(
      api,
      { messages: [user('[tools 1] go')] },
      { 'x-claude-code-session-id': 's1' },
    );

    const [served] = api.requests;
    const start = events.find((event) => event.type === 'message_start');
    const end = events.find((event) => event.type === 'message_delta');
    expect(served).toMatchObject({ requestId, sessionId: 's1', role: 'main', status: 200, priced: true });
    expect(start.message).toMatchObject({ id: served?.messageId, usage: { output_tokens: 1 } });
    expect(start.message.usage.cache_creation).toEqual(served?.usage.cache_creation);
    expect(end).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: served?.usage.output_tokens },
    });
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
    expect(served?.toolUseIds).toHaveLength(1);
  });

  test('answers nobody while it is held', async () => {
    await using api = await startModelApi();
    const release = api.hold();
    let answered = false;
    const asked = ask(api, { messages: [user('go')] }).then(() => {
      answered = true;
    });
    await waitUntil(
      () => api.requests.length,
      (count) => count === 1,
    );
    await sleep(50);
    expect([answered, api.requests[0]?.priced, api.requests[0]?.endedAt]).toEqual([false, false, '']);
    release();
    await asked;
    expect(api.requests[0]).toMatchObject({ priced: true, status: 200 });
  });

  test('walks through the markers of the prompt and then ends', async () => {
    await using api = await startModelApi();
    const prompt = user('[parallel 2] [fail] go');
    const first = await ask(api, { messages: [prompt] });
    const second = await ask(api, { messages: [prompt, ...TOOL_TURN] });
    const last = await ask(api, { messages: [prompt, ...TOOL_TURN, ...TOOL_TURN] });

    const blocks = [first, second, last].map(({ events }) =>
      events.filter((event) => event.type === 'content_block_start').map((event) => event.content_block.type),
    );
    expect(blocks).toEqual([['text', 'tool_use', 'tool_use'], ['text', 'tool_use'], ['text']]);
  });

  test('tells main conversation, sub-agents and helpers apart', async () => {
    await using api = await startModelApi();
    await ask(api, { messages: [user('go')] });
    await ask(api, { messages: [user('go')] }, { 'x-claude-code-agent-id': 'a1' });
    await ask(api, { messages: [user('title?')], tools: [] });

    expect(api.requests.map(({ role, agentId }) => [role, agentId])).toEqual([
      ['main', undefined],
      ['subagent', 'a1'],
      ['helper', undefined],
    ]);
  });

  test('withholds the request-id header when told to', async () => {
    await using api = await startModelApi({ requestIds: false });
    const { requestId } = await ask(api, { messages: [user('go')] });

    expect(requestId).toBeNull();
    expect(api.requests[0]).toMatchObject({ requestIdSent: false, requestId: 'req_1_000001' });
  });

  test('fails the first requests and does not price them', async () => {
    await using api = await startModelApi({ errors: [529, 400] });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await ask(api, { messages: [user('go')] })).status);

    expect(statuses).toEqual([529, 400, 200]);
    expect(api.requests.map((request) => request.priced)).toEqual([false, false, true]);
    expect(totalUsage(api.requests)).toEqual(seededUsage(1, 2));
  });

  test('answers everything else with 404 and remembers it', async () => {
    await using api = await startModelApi();
    const response = await fetch(`${api.url}/api/hello`);

    expect(response.status).toBe(404);
    expect(api.unknown).toEqual(['GET /api/hello']);
  });
});

describe('seededUsage()', () => {
  test('repeats for a seed and differs between requests', () => {
    expect(seededUsage(7, 3)).toEqual(seededUsage(7, 3));
    expect(seededUsage(7, 3)).not.toEqual(seededUsage(7, 4));
    expect(seededUsage(7, 3)).not.toEqual(seededUsage(8, 3));
  });

  test('splits what was written to the cache without a rest', () => {
    for (let index = 0; index < 50; index += 1) {
      const { cache_creation, cache_creation_input_tokens } = seededUsage(1, index);
      const { ephemeral_5m_input_tokens, ephemeral_1h_input_tokens } = cache_creation;
      expect(ephemeral_5m_input_tokens + ephemeral_1h_input_tokens).toBe(cache_creation_input_tokens);
    }
  });
});
