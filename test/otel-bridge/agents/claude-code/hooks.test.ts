import { describe, expect, it } from 'vitest';
import { hookToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { AgentEvent, JsonObject } from '../../../../otel-bridge/domain/event.ts';
import {
  HOOK_SCENARIOS,
  hookEvents,
  servedRequests,
  telemetryEvents,
  transcriptEvents,
} from '../../../helpers/claude-fixtures.ts';
import { JournalBench } from '../../../helpers/journal-bench.ts';

/** Everything that is counted of a session, by label where the label matters. */
const FIGURES: readonly (readonly [string, string?])[] = [
  ['agent.session.count'],
  ['agent.run.count', 'agent.outcome'],
  ['agent.api.request.count'],
  ['agent.token.usage', 'gen_ai.token.type'],
  ['agent.tool.call.count', 'agent.outcome'],
  ['agent.tool.call.count', 'gen_ai.tool.name'],
  ['agent.permission.decision.count', 'agent.decision'],
  ['agent.compaction.count'],
];

/** What the bridge counts of these events, once everything has settled. */
function figures(events: readonly AgentEvent[]): Record<string, number> {
  using bench = new JournalBench();
  bench.nowMs = Date.parse('2026-11-21T15:00:00Z');
  bench.append(...events);
  bench.pass(7_200_000);
  return Object.fromEntries(
    FIGURES.flatMap(([metric, label]) =>
      label === undefined
        ? [[metric, bench.counter(metric)]]
        : bench
            .labels(metric, label)
            .map((value) => [`${metric} ${value}`, bench.counter(metric, { [label]: value })]),
    ),
  );
}

/** All ways to put things in a row. */
function permutations<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]];
  return things.flatMap((first, index) =>
    permutations(things.toSpliced(index, 1)).map((rest) => [first, ...rest]),
  );
}

function inOrderOfTime(events: readonly AgentEvent[]): AgentEvent[] {
  return events.toSorted((a, b) => a.tsMs - b.tsMs);
}

describe.each(HOOK_SCENARIOS)('Claude Code, scenario %s', (scenario) => {
  const sources = {
    telemetry: telemetryEvents(scenario),
    transcripts: transcriptEvents(scenario),
    hooks: hookEvents(scenario),
  };
  type Source = keyof typeof sources;
  const truth = figures([...sources.telemetry, ...sources.transcripts]);
  const known = (name: string): number =>
    Object.entries(truth).reduce((sum, [key, value]) => (key.startsWith(name) ? sum + value : sum), 0);

  it('has truth worth comparing with', () => {
    const tools = new Set(servedRequests(scenario).flatMap(({ toolUseIds }) => toolUseIds));
    expect(known('agent.tool.call.count') / 2).toBe(tools.size);
    expect(known('agent.api.request.count')).toBe(servedRequests(scenario).length);
  });

  it.each(
    permutations(['telemetry', 'transcripts', 'hooks'] as const).map((order) => [order.join(', '), order]),
  )('counts everything once, seen through %s', (_name, order) => {
    expect(figures((order as Source[]).flatMap((source) => sources[source]))).toEqual(truth);
  });

  it('counts everything once when all three tell it as it happens', () => {
    expect(figures(inOrderOfTime(Object.values(sources).flat()))).toEqual(truth);
  });

  it('counts nothing twice when hooks come after everything was counted', () => {
    using bench = new JournalBench();
    bench.nowMs = Date.parse('2026-11-21T15:00:00Z');
    bench.append(...sources.transcripts, ...sources.telemetry);
    bench.pass(60_000);
    const before = bench.counter('agent.tool.call.count');
    bench.append(...sources.hooks);
    bench.pass(60_000);
    expect(bench.counter('agent.tool.call.count')).toBe(before);
  });

  it.each(['transcripts', 'telemetry'] as const)(
    'adds nothing to what %s alone tell but what they do not know',
    (source) => {
      const alone = figures(sources[source]);
      for (const events of [
        [...sources[source], ...sources.hooks],
        [...sources.hooks, ...sources[source]],
        inOrderOfTime([...sources[source], ...sources.hooks]),
      ]) {
        const both = figures(events);
        for (const [name, value] of Object.entries(both))
          expect([name, value]).toEqual([name, expect.toBeOneOf([alone[name], truth[name]])]);
      }
    },
  );

  it('pairs begin and end of every call by its id', () => {
    const spans = Map.groupBy(
      sources.hooks.filter(({ type, payload }) => type.startsWith('span.') && payload.kind === 'tool'),
      ({ correlation }) => correlation.spanId,
    );
    const called = new Set(servedRequests(scenario).flatMap(({ toolUseIds }) => toolUseIds));
    expect(new Set(spans.keys())).toEqual(called);
    for (const [id, events] of spans)
      expect([id, events.map(({ type }) => type)]).toEqual([id, ['span.start', 'span.end']]);
  });

  it('gives different firings different ids, and none a path that was named', () => {
    const ids = sources.hooks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(JSON.stringify(sources.hooks)).not.toContain('transcript_path');
  });
});

describe('the hooks of a session with -p', () => {
  const events = hookEvents('hooks');
  const ends = events.filter(({ type, payload }) => type === 'span.end' && payload.kind === 'tool');

  it('tell how every call ended', () => {
    expect(ends.map(({ payload }) => [payload.tool_name, payload.status, payload.exit_code])).toEqual([
      ['Bash', 'failure', 3],
      ['Bash', 'success', 0],
      ['Bash', 'success', 0],
      ['Write', 'rejected', undefined],
      ['Bash', 'success', 0],
      ['Agent', 'success', undefined],
      ['Write', 'success', undefined],
      ['Agent', 'success', undefined],
      ['Bash', 'success', 0],
    ]);
  });

  it('tell what became of files', () => {
    expect(
      ends.filter(({ payload }) => payload.file_operation !== undefined).map(({ payload }) => payload),
    ).toMatchObject([
      { file_operation: 'write', file_path: '/tmp/denied.txt', status: 'rejected' },
      { file_operation: 'create', file_path: '/home/dev/demo/written.txt', lines_added: 2, lines_removed: 0 },
    ]);
  });

  it('put what a sub-agent did below the call that it came from', () => {
    const parents = new Map(events.map(({ correlation }) => [correlation.spanId, correlation.parentSpanId]));
    const bash = events.find(
      ({ type, payload }) =>
        type === 'span.start' && payload.subagent_id !== undefined && payload.tool_name === 'Bash',
    );
    const subagent = bash?.correlation.parentSpanId;
    expect(bash?.payload).toMatchObject({ subagent: 'general-purpose', subagent_id: subagent });
    expect(parents.get(subagent)).toMatch(/^toolu_/);
  });

  it('begin and end sessions and runs', () => {
    expect(
      events
        .filter(({ type }) => /^(?:session|run)\.|^prompt/.test(type))
        .map(({ type, payload }) => [
          type,
          payload.start_type ?? payload.status ?? payload.prompt_source ?? payload.reason,
        ]),
    ).toEqual([
      ['session.start', 'fresh'],
      ['prompt', undefined],
      ['run.end', 'success'],
      ['session.end', 'other'],
      ['session.start', 'resume'],
      ['prompt', undefined],
      ['run.end', 'success'],
      ['prompt', 'system'],
      ['run.end', 'success'],
      ['session.end', 'other'],
    ]);
  });
});

describe('every hook that is documented', () => {
  const fire = (name: string, fields: JsonObject = {}): AgentEvent[] =>
    hookToEvents(
      'claude-code',
      {
        session_id: 's1',
        prompt_id: 'p1',
        transcript_path: '/x.jsonl',
        cwd: '/w',
        hook_event_name: name,
        ...fields,
      },
      { id: 'h', firedMs: 1, attributes: {} },
    );

  it.each([
    ['SessionStart', { source: 'compact' }, { type: 'session.start', payload: { start_type: 'compact' } }],
    ['SessionEnd', { reason: 'logout' }, { type: 'session.end', payload: { reason: 'logout' } }],
    ['Setup', { trigger: 'init' }, { type: 'agent.setup', payload: { trigger: 'init' } }],
    ['UserPromptSubmit', { prompt: 'hello' }, { type: 'prompt', payload: { length: 5 } }],
    [
      'UserPromptExpansion',
      { command_name: 'review', command_args: 'x', expansion_type: 'slash' },
      { type: 'agent.prompt_expansion', payload: { command_name: 'review', expansion_type: 'slash' } },
    ],
    [
      'PreToolUse',
      { tool_name: 'Read', tool_use_id: 't' },
      { type: 'span.start', payload: { file_operation: 'read' } },
    ],
    [
      'PostToolUse',
      { tool_name: 'mcp__db__query', tool_use_id: 't', tool_response: 'rows', duration_ms: 3 },
      {
        type: 'span.end',
        payload: { mcp_server: 'db', mcp_tool: 'query', duration_ms: 3, output_size_bytes: 4 },
      },
    ],
    [
      'PostToolUseFailure',
      { tool_name: 'Bash', tool_use_id: 't', error: 'stopped', is_interrupt: true },
      { type: 'span.end', payload: { status: 'cancelled' } },
    ],
    [
      'PostToolBatch',
      { tool_calls: [{ tool_use_id: 't' }] },
      { type: 'agent.tool_batch', payload: { tool_use_ids: ['t'] } },
    ],
    [
      'PermissionRequest',
      { tool_name: 'Bash' },
      { type: 'agent.permission_request', payload: { tool_name: 'Bash' } },
    ],
    [
      'PermissionDenied',
      { tool_name: 'Bash', tool_use_id: 't', reason: 'risky' },
      {
        type: 'tool.decision',
        payload: { decision: 'reject', decision_source: 'auto_mode', tool_use_id: 't' },
      },
    ],
    [
      'Notification',
      { notification_type: 'idle' },
      { type: 'agent.notification', payload: { notification_type: 'idle' } },
    ],
    [
      'SubagentStart',
      { agent_id: 'a', agent_type: 'Plan' },
      { type: 'span.start', payload: { kind: 'subagent', subagent: 'Plan' } },
    ],
    [
      'SubagentStop',
      { agent_id: 'a', agent_type: 'Plan' },
      { type: 'span.end', payload: { kind: 'subagent', status: 'success' } },
    ],
    [
      'Stop',
      { background_tasks: [{}] },
      { type: 'run.end', payload: { status: 'success', background_tasks: 1 } },
    ],
    [
      'StopFailure',
      { error: 'rate_limit' },
      { type: 'run.end', payload: { status: 'error', error_type: 'rate_limit' } },
    ],
    [
      'TaskCreated',
      { task_id: '1', task_subject: 's' },
      { type: 'agent.todo_created', payload: { task_id: '1', text: 's' } },
    ],
    ['TaskCompleted', { task_id: '1' }, { type: 'agent.todo_completed', payload: { task_id: '1' } }],
    [
      'TeammateIdle',
      { teammate_name: 'x' },
      { type: 'agent.teammate_idle', payload: { teammate_name: 'x' } },
    ],
    [
      'InstructionsLoaded',
      { file_path: '/w/CLAUDE.md' },
      { type: 'agent.instructions_loaded', payload: { file_path: '/w/CLAUDE.md' } },
    ],
    [
      'ConfigChange',
      { source: 'user_settings' },
      { type: 'agent.config_change', payload: { source: 'user_settings' } },
    ],
    [
      'CwdChanged',
      { old_cwd: '/a', new_cwd: '/b' },
      { type: 'agent.cwd_changed', payload: { old_cwd: '/a', new_cwd: '/b' } },
    ],
    ['DirectoryAdded', { directory: '/a' }, { type: 'agent.directory_added', payload: { directory: '/a' } }],
    [
      'FileChanged',
      { file_path: '/a', event: 'add' },
      { type: 'agent.file_changed', payload: { change: 'add' } },
    ],
    ['WorktreeCreate', { name: 'w' }, { type: 'agent.worktree_create', payload: { name: 'w' } }],
    [
      'WorktreeRemove',
      { worktree_path: '/w' },
      { type: 'agent.worktree_remove', payload: { worktree_path: '/w' } },
    ],
    ['PreCompact', { trigger: 'auto' }, { type: 'agent.compact_start', payload: { trigger: 'auto' } }],
    [
      'PostCompact',
      { compact_summary: 'é' },
      { type: 'agent.compact_end', payload: { output_size_bytes: 2 } },
    ],
    [
      'PreModelSwitch',
      { to_model: 'm' },
      { type: 'agent.model_switch_requested', payload: { to_model: 'm' } },
    ],
    ['PostModelSwitch', { from_model: 'n' }, { type: 'agent.model_switch', payload: { from_model: 'n' } }],
    ['Elicitation', { mcp_server_name: 'db' }, { type: 'agent.elicitation', payload: { mcp_server: 'db' } }],
    [
      'ElicitationResult',
      { action: 'accept' },
      { type: 'agent.elicitation_result', payload: { action: 'accept' } },
    ],
    [
      'BrandNewHook',
      { colour: 'red', list: [1] },
      { type: 'agent.brand_new_hook', payload: { colour: 'red' } },
    ],
  ])('%s becomes an event of its session', (name, fields, expected) => {
    const [event, ...others] = fire(name, fields);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      ...expected,
      origin: 'hook',
      correlation: { sessionId: 's1' },
      attributes: { cwd: '/w' },
    });
  });

  it('tells nothing of lines of the screen, nor of side questions that are no sub-agents', () => {
    expect(fire('MessageDisplay', { delta: 'x' })).toEqual([]);
    expect(fire('SubagentStop', { agent_id: 'a', agent_type: '' })).toEqual([]);
  });
});
