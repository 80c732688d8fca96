import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapHookEvent } from '../../../hooks/openclaw/map-hook-event.ts';
import { mapPluginHook, PLUGIN_HOOKS } from '../../../hooks/openclaw/map-plugin-hook.ts';

const SECRET = 'what people wrote';
/** Every event that OpenClaw documents, with contexts as it gives them, and one that nobody knows. */
const EVENTS = [
  ['command', 'new', { cfg: { token: SECRET }, commandSource: 'telegram', sessionEntry: { note: SECRET } }],
  ['command', 'reset', { cfg: { token: SECRET } }],
  ['command', 'stop', { sessionId: 'x' }],
  ['session', 'auto-reset', { reason: 'idle', nextSessionKey: 'agent:main:next', cfg: { token: SECRET } }],
  [
    'session',
    'compact:before',
    { sessionId: 'x', messageCount: 10, messageCountOriginal: 12, tokenCountOriginal: 900 },
  ],
  ['session', 'compact:after', { sessionId: 'x', messageCount: 3, tokensBefore: 900, tokensAfter: 90 }],
  ['session', 'patch', { patch: { label: SECRET } }],
  ['agent', 'bootstrap', { bootstrapFiles: [{ content: SECRET }] }],
  ['gateway', 'startup', { cfg: { token: SECRET } }],
  ['gateway', 'shutdown', { reason: SECRET }],
  ['gateway', 'pre-restart', {}],
  ['message', 'received', { from: SECRET, content: SECRET, channelId: 'telegram', messageId: 'm1' }],
  ['message', 'transcribed', { transcript: SECRET }],
  ['message', 'preprocessed', { bodyForAgent: SECRET }],
  ['message', 'sent', { to: SECRET, content: SECRET, success: true, channelId: 'telegram' }],
  ['tool_result_persist', undefined, { toolName: 'exec', toolCallId: 'c1' }],
  ['brand', 'new', { text: SECRET }],
] as const;

const event = (
  type: string,
  action: string | undefined,
  context: object,
  sessionKey = 'agent:main:main',
) => ({
  type,
  action,
  sessionKey,
  timestamp: new Date(),
  messages: [],
  context,
});

describe("OpenClaw's hook folder", () => {
  it("has agentmon's eight mappings", () => {
    const runs = new Map<string, string>();
    const types = EVENTS.map(([type, action, context]) => [
      `${type}:${action ?? ''}`,
      mapHookEvent(event(type, action, context), runs).map((told) => told.type),
    ]);
    expect(Object.fromEntries(types)).toMatchObject({
      'command:new': ['session.start'],
      'command:stop': ['session.end'],
      'command:reset': ['session.end', 'session.start'],
      'session:auto-reset': ['session.end', 'session.start'],
      'message:received': ['run.start'],
      'message:sent': ['run.end'],
      'tool_result_persist:': ['span.end'],
      'session:compact:before': ['span.start'],
      'session:compact:after': ['span.end'],
      'gateway:startup': ['agent.gateway_startup'],
      'brand:new': ['agent.brand_new'],
    });
  });

  it('tells nothing that people wrote, and nothing of the configuration', () => {
    const told = EVENTS.flatMap(([type, action, context]) =>
      mapHookEvent(event(type, action, context), new Map()),
    );
    expect(JSON.stringify(told)).not.toContain(SECRET);
  });

  it('begins a run with a message and ends that one with the answer, session by session', () => {
    const runs = new Map<string, string>();
    const tell = (action: string, key: string, context: object) =>
      mapHookEvent(event('message', action, context, key), runs)[0];
    const first = tell('received', 'a', { messageId: 'm1' });
    const other = tell('received', 'b', {});
    expect(tell('sent', 'a', { success: false })).toMatchObject({
      type: 'run.end',
      runId: first?.runId,
      payload: { status: 'failure' },
    });
    expect(tell('sent', 'b', { success: true })?.runId).toBe(other?.runId);
    expect(tell('sent', 'b', { success: true })).toMatchObject({
      type: 'agent.message_sent',
      runId: undefined,
    });
  });

  it('gives the two ends of a compaction one id', () => {
    const [before] = mapHookEvent(event('session', 'compact:before', { sessionId: 'x' }), new Map());
    const [after] = mapHookEvent(event('session', 'compact:after', { sessionId: 'x' }), new Map());
    expect(before?.spanId).toBe(after?.spanId);
  });

  it('throws at nothing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (a, b) => {
          expect(mapHookEvent({ ...a, context: b }, new Map()).length).toBeGreaterThan(0);
          for (const name of PLUGIN_HOOKS) expect(mapPluginHook(name, a, b)).toBeInstanceOf(Array);
        },
      ),
    );
  });
});

describe("OpenClaw's plugin", () => {
  const context = { sessionKey: 'agent:main:main', runId: 'r1' };

  it('pairs the two ends of a tool call by its id, and tells sizes alone', () => {
    const call = { toolName: 'exec', toolCallId: 'c1', params: { command: SECRET } };
    const [started] = mapPluginHook('before_tool_call', call, context);
    const [ended] = mapPluginHook('after_tool_call', { ...call, result: SECRET, durationMs: 5 }, context);
    const [failed] = mapPluginHook('after_tool_call', { ...call, error: SECRET }, context);
    expect([started?.spanId, ended?.spanId]).toEqual(['c1', 'c1']);
    expect(ended).toMatchObject({
      sessionId: 'agent:main:main',
      payload: { action: 'shell', status: 'success', duration_ms: 5, output_size_bytes: SECRET.length },
    });
    expect(failed?.payload.status).toBe('failure');
    expect(JSON.stringify([started, ended, failed])).not.toContain(SECRET);
  });

  it('tells usage where its owner lets it see answers', () => {
    const output = {
      model: 'gpt-5',
      provider: 'openai',
      usage: { input: 3, output: 4, cacheRead: 5, cacheWrite: 6, total: 18 },
    };
    expect(mapPluginHook('llm_output', { ...output, assistantTexts: [SECRET] }, context)).toEqual([
      {
        type: 'api.request',
        sessionId: 'agent:main:main',
        payload: {
          model: 'gpt-5',
          provider: 'openai',
          input_tokens: 3,
          output_tokens: 4,
          cache_read_tokens: 5,
          cache_creation_tokens: 6,
        },
      },
    ]);
    expect(mapPluginHook('llm_output', { model: 'x' }, context)).toEqual([]);
  });

  it('gives a sub-agent a session below the one that it came from', () => {
    const spawned = mapPluginHook(
      'subagent_spawned',
      { childSessionKey: 'child', agentId: 'coder' },
      context,
    );
    const ended = mapPluginHook('subagent_ended', { targetSessionKey: 'child', outcome: 'timeout' }, context);
    expect(spawned).toMatchObject([
      { type: 'session.start', sessionId: 'child', payload: { parent_session_id: 'agent:main:main' } },
      { type: 'span.start', sessionId: 'agent:main:main', spanId: 'child', payload: { kind: 'subagent' } },
    ]);
    expect(ended).toMatchObject([
      { type: 'session.end', sessionId: 'child' },
      { type: 'span.end', spanId: 'child', payload: { status: 'failure' } },
    ]);
  });
});
