import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mintToken } from '../../../../cli/tokens/mint-token.ts';
import { HOOK_ADAPTERS, hookToEvents } from '../../../../otel-bridge/agents/index.ts';
import { MonitorError } from '../../../../otel-bridge/domain/error.ts';
import { createRedactor } from '../../../../otel-bridge/privacy/redactor.ts';
import { createHookIntake, type HookVerdict } from '../../../../otel-bridge/sources/hooks/hook-intake.ts';
import { type HookRoutesOptions, hookRoutes } from '../../../../otel-bridge/sources/hooks/hook-routes.ts';
import { createHostPolicy } from '../../../../otel-bridge/sources/http/host-policy.ts';
import { createSourceServer } from '../../../../otel-bridge/sources/http/source-server.ts';
import {
  close,
  createMemoryJournal,
  listen,
  type MemoryJournal,
  makeAuthenticator,
  SECRET,
} from '../make-parts.ts';

const redactor = createRedactor(
  {
    prompts: false,
    responses: false,
    tool_arguments: false,
    tool_output: false,
    file_paths: true,
    redact: ['defaults'],
  },
  false,
);
const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

let journal: MemoryJournal;
let server: Server;
let url: string;
let logged: string[];

async function start(over: Partial<HookRoutesOptions> = {}, verdict?: HookVerdict): Promise<void> {
  journal = createMemoryJournal();
  logged = [];
  const log = { error: (_: object, message: string) => logged.push(message) };
  const intake = createHookIntake({
    journal,
    frameworks: HOOK_ADAPTERS.map(({ framework }) => framework),
    toEvents: ({ framework, input, ...context }) => hookToEvents(framework, input, context),
    redact: redactor.event,
    verdict,
    log,
  });
  const routes = hookRoutes({
    intake,
    authenticator: makeAuthenticator(),
    clock: () => NOW_MS,
    ...over,
  });
  server = createSourceServer({ routes, hosts: createHostPolicy(['127.0.0.1']), log });
  url = await listen(server);
}
beforeEach(() => start());
afterEach(() => close(server));

const PRE_TOOL_USE = {
  session_id: 's1',
  transcript_path: '/home/dev/.claude/projects/-home-dev/s1.jsonl',
  cwd: '/home/dev/shop',
  prompt_id: 'p1',
  permission_mode: 'default',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'curl -H "authorization: Bearer abcdefghijklmnop1234"', description: 'Fetch' },
  tool_use_id: 'toolu_1',
};

function post(body: unknown, headers: Record<string, string> = {}, path = '/v1/hooks/claude-code') {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('POST /v1/hooks/claude-code', () => {
  it('answers an empty 200 once the event is kept', async () => {
    const response = await post(PRE_TOOL_USE);
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(journal.events).toMatchObject([
      {
        type: 'span.start',
        tsMs: NOW_MS,
        origin: 'hook',
        source: { framework: 'claude-code' },
        correlation: { sessionId: 's1', runId: 'p1', spanId: 'toolu_1' },
        attributes: { cwd: '/home/dev/shop' },
        payload: { kind: 'tool', tool_name: 'Bash', action: 'shell', permission_mode: 'default' },
      },
    ]);
  });

  it('keeps no text that the settings close, and no path of a transcript', async () => {
    await post(PRE_TOOL_USE);
    await post({ ...PRE_TOOL_USE, hook_event_name: 'UserPromptSubmit', prompt: 'my secret plan' });
    const kept = JSON.stringify(journal.events);
    for (const text of ['curl', 'Bearer', 'Fetch', 'secret plan', 'jsonl']) expect(kept).not.toContain(text);
    expect(kept).toContain('"length":14');
  });

  it('takes time, id, machine and attribution from the headers of the installed hook', async () => {
    const headers = {
      'x-agent-monitor-id': 'h1',
      'x-agent-monitor-fired': String(NOW_MS - 5000),
      'x-agent-monitor-host': 'box%C3%A9',
      'x-agent-monitor-project': 'shop',
      'x-agent-monitor-agent': '100% ann',
      'x-agent-monitor-repository': 'shop-repo',
    };
    await post(PRE_TOOL_USE, headers);
    await post(PRE_TOOL_USE, headers);
    expect(journal.events).toMatchObject([
      {
        id: 'claude-code:hook:h1',
        tsMs: NOW_MS - 5000,
        source: { host: 'boxé' },
        attributes: { project: 'shop', agent: '100% ann', repository: 'shop-repo', cwd: '/home/dev/shop' },
      },
    ]);
  });

  it('believes the token over everything that the sender says', async () => {
    const token = mintToken(SECRET, { scope: 'ingest', project: 'shop', agent: 'ann' });
    await post(PRE_TOOL_USE, { 'x-agent-monitor-token': token, 'x-agent-monitor-project': 'other' });
    expect(journal.events).toMatchObject([{ claims: { project: 'shop', agent: 'ann' } }]);
    expect((await post(PRE_TOOL_USE, { 'x-agent-monitor-token': 'amt_wrong' })).status).toBe(401);
  });

  it('refuses what is no object, and what is too large', async () => {
    expect((await post('[1]')).status).toBe(400);
    expect((await post('no json')).status).toBe(400);
    await close(server);
    await start({ bodyLimitBytes: 100 });
    expect((await post(PRE_TOOL_USE)).status).toBe(413);
    expect(journal.events).toEqual([]);
  });

  it('answers 200 to a hook that tells nothing, and to fields of any shape', async () => {
    for (const body of [
      {},
      { hook_event_name: 'MessageDisplay', session_id: 's1', delta: 'text' },
      { hook_event_name: 7, session_id: [], tool_input: 3, tool_response: null },
      {
        hook_event_name: 'PostToolUse',
        session_id: 's1',
        tool_input: [],
        tool_response: { structuredPatch: [1] },
      },
    ]) {
      expect((await post(body)).status).toBe(200);
    }
    expect(journal.events).toHaveLength(1);
  });

  it('answers 503 where the journal cannot keep it', async () => {
    journal.failure = new MonitorError('unavailable', 'Cannot write the journal: the disk is full');
    expect((await post(PRE_TOOL_USE)).status).toBe(503);
  });

  it('passes on the verdict, and lets the agent go on where there is none to be had', async () => {
    const denial = { hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'no' } };
    await close(server);
    await start({}, ({ input }) => {
      if (input.tool_name === 'Broken') throw new Error('no rules');
      return input.tool_name === 'Bash' ? denial : null;
    });
    expect(await (await post(PRE_TOOL_USE)).json()).toEqual(denial);
    expect(await (await post({ ...PRE_TOOL_USE, tool_name: 'Read' })).text()).toBe('');
    expect(await (await post({ ...PRE_TOOL_USE, tool_name: 'Broken' })).text()).toBe('');
    expect(journal.events).toHaveLength(3);
    expect(logged).toEqual(['no verdict on a hook']);
  });
});

describe('POST /v1/hooks', () => {
  const record = (id: string, over: object = {}): string =>
    JSON.stringify({
      hook: 'claude-code',
      id,
      fired: NOW_MS - 1000,
      host: 'box',
      input: PRE_TOOL_USE,
      ...over,
    });

  it('takes what a sender kept, once, and says what became of each line', async () => {
    const body = [
      record('a'),
      record('b'),
      record('a'),
      '{"hook":',
      record('c', { hook: 'unknown' }),
      '{}',
    ].join('\n');
    const response = await post(body, { 'content-type': 'application/x-ndjson' }, '/v1/hooks');
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      accepted: 2,
      duplicates: 1,
      ignored: 0,
      rejected: [
        { index: 3, code: 'no_record' },
        { index: 4, code: 'unknown_agent' },
        { index: 5, code: 'no_record' },
      ],
    });
    expect(journal.events.map(({ id, tsMs }) => [id, tsMs])).toEqual([
      ['claude-code:hook:a', NOW_MS - 1000],
      ['claude-code:hook:b', NOW_MS - 1000],
    ]);
  });
});
