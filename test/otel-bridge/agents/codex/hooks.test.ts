import { describe, expect, it } from 'vitest';
import { hookToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent, JsonObject } from '../../../../otel-bridge/domain/event.ts';
import {
  CODEX_HOOK_SCENARIOS,
  codexHookEvents,
  codexTelemetryEvents,
  codexTranscriptEvents,
  servedCalls,
} from '../../../helpers/codex-fixtures.ts';
import { JournalBench } from '../../../helpers/journal-bench.ts';

const COUNTED = ['agent.session.count', 'agent.run.count', 'agent.api.request.count', 'agent.token.usage'];
const LABELS = ['agent.outcome', 'gen_ai.tool.name'];

/** What counters say once all has settled and every run is over. */
function figures(events: readonly AgentEvent[]): Record<string, number> {
  using bench = new JournalBench();
  bench.nowMs = Date.parse('2026-11-21T16:00:00Z');
  bench.append(...events);
  for (let hour = 0; hour < 2; hour++) bench.pass(3_600_000);
  const calls = LABELS.flatMap((label) =>
    bench
      .labels('agent.tool.call.count', label)
      .map((value): [string, number] => [value, bench.counter('agent.tool.call.count', { [label]: value })]),
  );
  return Object.fromEntries([
    ...COUNTED.map((name): [string, number] => [name, bench.counter(name)]),
    ...calls,
  ]);
}

describe.each(CODEX_HOOK_SCENARIOS)('Codex, scenario %s', (scenario) => {
  const telemetry = codexTelemetryEvents(scenario);
  const transcripts = codexTranscriptEvents(scenario);
  const hooks = codexHookEvents(scenario);
  const truth = figures([...telemetry, ...transcripts]);
  const inOrderOfTime = [...telemetry, ...transcripts, ...hooks].toSorted((a, b) => a.tsMs - b.tsMs);

  it.each([
    ['hooks first', [...hooks, ...telemetry, ...transcripts]],
    ['hooks between', [...transcripts, ...hooks, ...telemetry]],
    ['hooks last', [...telemetry, ...transcripts, ...hooks]],
    ['as it happened', inOrderOfTime],
  ])('counts everything once, whoever tells it first: %s', (_name, events) => {
    expect(figures(events)).toEqual(truth);
  });

  it.each([
    ['telemetry', telemetry],
    ['transcripts', transcripts],
  ])('counts with %s what both know once', (_name, others) => {
    const alone = figures(others);
    for (const events of [
      [...others, ...hooks],
      [...hooks, ...others],
    ]) {
      expect(figures(events)).toMatchObject({ ...alone });
    }
  });

  it('knows sessions, runs and calls from hooks alone', () => {
    const calls = servedCalls(scenario);
    expect(figures(hooks)).toMatchObject({
      'agent.session.count': new Set(calls.map(({ threadId }) => threadId)).size,
      'agent.run.count': new Set(calls.map(({ turnId }) => turnId)).size,
    });
    const ended = hooks.filter(({ type }) => type === 'span.end').map(({ payload }) => payload.tool_use_id);
    expect(ended.sort()).toEqual(calls.flatMap(({ toolCallIds }) => toolCallIds).sort());
  });

  it('knows runs from notify alone, as older versions have it', () => {
    const notified = hooks.filter(({ id }) => id.includes(':prompt:') || id.includes(':end:'));
    const calls = servedCalls(scenario);
    expect(figures(notified)['agent.run.count']).toBe(new Set(calls.map(({ turnId }) => turnId)).size);
  });

  it('pairs begin and end of a call by its id, and names the session that it is part of', () => {
    const spans = Map.groupBy(
      hooks.filter(({ type }) => type.startsWith('span.')),
      ({ correlation }) => correlation.spanId,
    );
    for (const events of spans.values()) {
      expect(events.map(({ type }) => type)).toEqual(['span.start', 'span.end']);
      expect(new Set(events.map(({ correlation }) => correlation.sessionId)).size).toBe(1);
    }
  });
});

describe("Codex's hooks", () => {
  const fire = (input: JsonObject): AgentEvent[] =>
    hookToEvents(
      'codex',
      { session_id: 's', turn_id: 't', ...input },
      { id: 'h', firedMs: 1, attributes: {} },
    );

  it.each([
    ['SessionStart', { source: 'resume' }, { type: 'session.start', payload: { start_type: 'resume' } }],
    ['SessionEnd', { reason: 'other' }, { type: 'session.end', payload: { reason: 'other' } }],
    ['UserPromptSubmit', { prompt: '😀é' }, { type: 'prompt', payload: { length: 2 } }],
    ['PreToolUse', { tool_name: 'Bash' }, { type: 'span.start', payload: { action: 'shell' } }],
    ['PermissionRequest', { tool_name: 'apply_patch' }, { payload: { tool_name: 'apply_patch' } }],
    [
      'PostToolUse',
      { tool_name: 'mcp__db__ask', tool_response: 'rows' },
      { type: 'span.end', payload: { mcp_server: 'db', mcp_tool: 'ask', output_size_bytes: 4 } },
    ],
    ['PreCompact', { trigger: 'auto' }, { type: 'agent.compact_start', payload: { trigger: 'auto' } }],
    ['PostCompact', { trigger: 'manual' }, { type: 'agent.compact_end', payload: { trigger: 'manual' } }],
    [
      'SubagentStart',
      { agent_id: 'child', agent_type: 'default' },
      { type: 'session.start', correlation: { sessionId: 'child' }, payload: { parent_session_id: 's' } },
    ],
    ['SubagentStop', { agent_id: 'child' }, { type: 'run.end', correlation: { sessionId: 'child' } }],
    ['Stop', {}, { type: 'run.end', payload: { status: 'success' } }],
    ['Interrupt', {}, { type: 'run.end', payload: { status: 'cancelled' } }],
  ])('%s becomes an event', (name, fields, expected) => {
    expect(fire({ hook_event_name: name, ...fields })).toMatchObject([{ origin: 'hook', ...expected }]);
  });

  it('tell once what a hook and notify both tell', () => {
    const notified = fire({
      type: 'agent-turn-complete',
      'thread-id': 's',
      'turn-id': 't',
      'input-messages': ['hi'],
    });
    const hooked = [
      ...fire({ hook_event_name: 'UserPromptSubmit', prompt: 'hi' }),
      ...fire({ hook_event_name: 'Stop' }),
    ];
    expect(notified.map(({ id }) => id)).toEqual(hooked.map(({ id }) => id));
  });

  it.each([{}, { hook_event_name: 'Unheard' }, { type: 'agent-turn-complete' }, { hook_event_name: 7 }])(
    'tell nothing where they make no sense: %j',
    (input) => {
      expect(hookToEvents('codex', input, { id: 'h', firedMs: 1, attributes: {} })).toEqual([]);
    },
  );
});
