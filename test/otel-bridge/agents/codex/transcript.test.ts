import { describe, expect, it } from 'vitest';
import { codexTranscripts } from '../../../../otel-bridge/agents/codex/transcript.ts';
import type { AgentEvent, JsonObject } from '../../../../otel-bridge/domain/event.ts';
import {
  codexTelemetryEvents,
  codexTranscriptEvents,
  readCodexLines,
  servedCalls,
} from '../../../helpers/codex-fixtures.ts';

const of = (events: readonly AgentEvent[], type: string): AgentEvent[] =>
  events.filter((event) => event.type === type);
const line = (type: string, payload: JsonObject, seconds = 0): string =>
  JSON.stringify({ timestamp: new Date(1_795_000_000_000 + seconds * 1000).toISOString(), type, payload });
const META = line('session_meta', { id: 't1', cwd: '/home/dev/demo', cli_version: '0.50.0', source: 'cli' });

describe('where transcripts are', () => {
  it('finds files by day, and nothing else', () => {
    expect(codexTranscripts.isTranscript('2026/11/21/rollout-2026-11-21T13-36-34-t1.jsonl')).toBe(true);
    expect(codexTranscripts.isTranscript('rollout-2026-11-21T13-36-34-t1.jsonl')).toBe(true);
    expect(codexTranscripts.isTranscript('2026/11/21/notes.jsonl')).toBe(false);
    expect(['2026', '2026/11', '2026/11/21'].every(codexTranscripts.mayHold)).toBe(true);
    expect(codexTranscripts.mayHold('backup')).toBe(false);
  });
});

describe("a thread's events", () => {
  it('say where it works, and whose sub-agent it is', () => {
    const starts = of(codexTranscriptEvents('subagent'), 'session.start');
    const [parent, child] = starts.toSorted((a) => (a.payload.start_type === 'subagent' ? 1 : -1));
    expect(parent?.payload).toMatchObject({
      repository: 'demo',
      agent_version: '0.169.0',
      cwd: '/home/dev/demo',
    });
    expect(child?.payload).toMatchObject({
      start_type: 'subagent',
      parent_session_id: parent?.correlation.sessionId,
    });
    const calls = of(codexTranscriptEvents('subagent'), 'api.request');
    const sources = calls.map(({ correlation, payload }) => [correlation.sessionId, payload.query_source]);
    for (const [session, source] of sources) {
      expect(source).toBe(session === child?.correlation.sessionId ? 'subagent' : 'main');
    }
  });

  it('know of model calls the response, the window, how long they took and what they were for', () => {
    const calls = of(codexTranscriptEvents('compaction'), 'api.request');
    expect(calls.map(({ payload }) => payload.message_id)).toEqual(
      servedCalls('compaction').map(({ responseId }) => responseId),
    );
    expect(calls.map(({ payload }) => payload.purpose)).toEqual([undefined, 'compact', undefined]);
    for (const { payload } of calls) {
      expect(payload).toMatchObject({ context_window_tokens: 258_400, provider: 'loopback' });
      expect(payload.duration_ms).toBeGreaterThanOrEqual(0);
    }
  });

  it('tell of a compaction with the size before and after', () => {
    const compactions = codexTranscriptEvents('compaction').filter(
      ({ payload }) => payload.kind === 'compaction',
    );
    expect(new Set(compactions.map(({ correlation }) => correlation.spanId))).toEqual(
      new Set(['compaction-1']),
    );
    expect(Object.assign({}, ...compactions.map(({ payload }) => payload))).toMatchObject({
      trigger: 'auto',
      pre_tokens: expect.any(Number),
      post_tokens: expect.any(Number),
      duration_ms: expect.any(Number),
    });
  });

  it('tell each limit once while it stays the same, and none that is not known', () => {
    const limits = of(codexTranscriptEvents('rate-limits'), 'rate_limit').map(({ payload }) => payload);
    expect(limits).toEqual([
      { window: '5h', used_percent: 12.5, resets_at: '2026-11-21T22:26:40.000Z', limit_id: 'codex' },
      { window: '7d', used_percent: 3, resets_at: '2026-11-25T09:46:40.000Z', limit_id: 'codex' },
    ]);
    expect(of(codexTranscriptEvents('basic'), 'rate_limit')).toEqual([]);
  });

  it('tell of a model call that failed for good and of the end of its run', () => {
    const events = codexTranscriptEvents('api-error');
    expect(of(events, 'api.request')[0]?.payload).toMatchObject({ error_type: 'other', input_tokens: 0 });
    expect(of(events, 'run.end').map(({ payload }) => payload.status)).toEqual(['error', 'success']);
  });

  it('number prompts of one length, so that runs are the same as in telemetry', () => {
    expect(of(codexTranscriptEvents('resume'), 'prompt').map(({ correlation }) => correlation.runId)).toEqual(
      ['prompt-11-1', 'prompt-11-2', 'prompt-22-1'],
    );
    // Characters, not UTF-16 units.
    expect(of(codexTranscriptEvents('no-traces'), 'prompt')[0]?.payload.length).toBe(18);
  });

  it('begin a run with each prompt, also with one that comes while a turn goes on', () => {
    const asked = (text: string, seconds: number) =>
      line('event_msg', { type: 'user_message', message: text }, seconds);
    const events = readCodexLines([
      META,
      line('event_msg', { type: 'task_started', turn_id: 'turn-1' }),
      asked('first', 1),
      asked('second one', 5),
      line('event_msg', { type: 'task_complete', turn_id: 'turn-1', duration_ms: 9000 }, 9),
      line('event_msg', { type: 'task_started', turn_id: 'turn-2' }, 10),
      asked('third', 11),
      line('event_msg', { type: 'task_complete', turn_id: 'turn-2', duration_ms: 2000 }, 12),
    ]);
    expect(of(events, 'prompt').map(({ correlation }) => correlation.runId)).toEqual([
      'prompt-5-1',
      'prompt-10-1',
      'prompt-5-2',
    ]);
    // The turn's time is not that of the prompt that came later.
    expect(
      of(events, 'run.end').map(({ correlation, payload }) => [correlation.runId, payload.duration_ms]),
    ).toEqual([
      ['prompt-10-1', undefined],
      ['prompt-5-2', 2000],
    ]);
  });

  it("know the calls of a model's scripts, and leave out the history that a sub-agent was given", () => {
    const events = codexTranscriptEvents('scripts');
    const calls = servedCalls('scripts');
    const ended = of(events, 'span.end').map(({ payload }) => payload.tool_name);
    expect(ended.toSorted()).toEqual(
      calls.flatMap(({ toolNames, nestedNames }) => [...toolNames, ...nestedNames]).toSorted(),
    );
    const patches = [...events, ...codexTelemetryEvents('scripts')].filter(
      ({ type, payload }) => type === 'span.end' && payload.tool_name === 'apply_patch',
    );
    expect(patches).toHaveLength(2);
    for (const { payload } of patches) {
      expect(payload).toMatchObject({
        lines_added: 3,
        lines_removed: 0,
        file_path: 'made.txt',
        file_operation: 'create',
      });
    }
    const [child] = of(events, 'session.start').filter(({ payload }) => payload.start_type === 'subagent');
    const inside = events.filter(({ correlation }) => correlation.sessionId === child?.correlation.sessionId);
    expect(of(inside, 'span.start').map(({ payload }) => payload.tool_name)).toEqual(['exec']);
    expect(of(inside, 'prompt')).toEqual([]);
  });

  it('tell of a change of what the agent may do, and not of a repetition', () => {
    const context = (approval: string, sandbox: string, mode = 'default') =>
      line('turn_context', {
        turn_id: 'turn-1',
        approval_policy: approval,
        sandbox_policy: { type: sandbox },
        model: 'gpt-5.1-codex',
        collaboration_mode: { mode, settings: { reasoning_effort: 'high' } },
      });
    const events = readCodexLines([
      META,
      context('on-request', 'read-only'),
      context('on-request', 'read-only'),
      context('never', 'danger-full-access'),
      context('never', 'danger-full-access', 'plan'),
    ]);
    expect(of(events, 'mode.change').map(({ payload }) => payload)).toEqual([
      { from_mode: 'on-request/read-only', to_mode: 'never/danger-full-access' },
      { from_mode: 'never/danger-full-access', to_mode: 'never/danger-full-access plan' },
    ]);
  });

  it('hold no text that is private', () => {
    const open = { prompts: true, toolArguments: true, toolOutput: true, filePaths: true };
    const shut = { prompts: false, toolArguments: false, toolOutput: false, filePaths: false };
    const words = ['[fail]', 'failing', 'unsupported call', '/home/dev'];
    const told = JSON.stringify(codexTranscriptEvents('failing', { privacy: open }));
    const kept = JSON.stringify(codexTranscriptEvents('failing', { privacy: shut }));
    for (const word of words) {
      expect(told).toContain(word);
      expect(kept).not.toContain(word);
    }
  });
});

describe('older transcripts', () => {
  const sums = (total: number, last: number) => ({
    total_token_usage: { total_tokens: total },
    last_token_usage: {
      input_tokens: last,
      cached_input_tokens: 40,
      output_tokens: 10,
      total_tokens: last + 10,
    },
  });

  it('count a model call for each new sum, and none for a sum that is repeated', () => {
    const events = readCodexLines([
      META,
      line('event_msg', { type: 'task_started', model_context_window: 272_000 }, 1),
      line('turn_context', { model: 'gpt-5-codex', effort: 'low', approval_policy: 'never' }, 1),
      line('event_msg', { type: 'user_message', message: 'hello' }, 2),
      line('event_msg', { type: 'token_count', info: null, rate_limits: null }, 3),
      line('event_msg', { type: 'token_count', info: sums(110, 100) }, 4),
      line('event_msg', { type: 'token_count', info: sums(110, 100) }, 5),
      line('event_msg', { type: 'token_count', info: sums(330, 210) }, 6),
      line('event_msg', { type: 'turn_aborted', reason: 'interrupted' }, 7),
    ]);
    expect(of(events, 'api.request').map(({ payload }) => payload)).toMatchObject([
      { model: 'gpt-5-codex', effort: 'low', input_tokens: 60, cache_read_tokens: 40, output_tokens: 10 },
      { input_tokens: 170, cache_read_tokens: 40, output_tokens: 10, context_window_tokens: 272_000 },
    ]);
    expect(of(events, 'prompt')).toMatchObject([{ correlation: { runId: 'prompt-5-1' } }]);
    expect(of(events, 'run.end')).toMatchObject([{ payload: { status: 'cancelled' } }]);
  });

  it('tell a prompt once, though two kinds of lines tell of it', () => {
    const item = { type: 'UserMessage', id: 'u1', content: [{ type: 'text', text: 'hello' }] };
    const events = readCodexLines([
      META,
      line('event_msg', { type: 'item_completed', item }),
      line('event_msg', { type: 'user_message', message: 'hello' }),
    ]);
    expect(of(events, 'prompt')).toHaveLength(1);
  });

  it('survive lines of any form', () => {
    const odd = [
      'null',
      '{}',
      '[]',
      '{"type":"event_msg"}',
      line('event_msg', {}),
      line('response_item', {}),
    ];
    expect(readCodexLines(odd)).toEqual([]);
    expect(readCodexLines([META, ...odd])).toHaveLength(1);
  });
});
