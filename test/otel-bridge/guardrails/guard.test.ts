import { describe, expect, it } from 'vitest';
import type { AgentEvent, JsonObject } from '../../../otel-bridge/domain/event.ts';
import type { GuardLoad, GuardRules } from '../../../otel-bridge/domain/guardrail.ts';
import { createGuard, type Guard } from '../../../otel-bridge/guardrails/guard.ts';
import { makeEvent } from '../../helpers/make-event.ts';

const LISTS = { commands: [], paths: [], tools: [], domains: [] };
const RULES: GuardRules = {
  mode: 'enforce',
  maxTokensPerTask: 1000,
  maxFileOperations: 10,
  maxDurationMs: 60_000,
  maxCostNanoUsd: 500_000_000,
  maxDayCostNanoUsd: null,
  maxFailuresInRow: 3,
  maxRepeats: 2,
  allow: LISTS,
  deny: { ...LISTS, commands: ['git push'], paths: ['~/.ssh'] },
};
const LOAD: GuardLoad = {
  project: 'shop',
  agent: 'ann',
  framework: 'claude-code',
  host: 'box',
  runId: 'r1',
  taskId: 't1',
  runStartedMs: 0,
  runUntilMs: 1000,
  tokens: 10,
  costNanoUsd: 0,
  fileOperations: 0,
  failuresInRow: 0,
};

interface Bench extends Disposable {
  readonly guard: Guard;
  readonly recorded: AgentEvent[];
  call(command: string): ReturnType<Guard['judge']>;
}

function setUp(rules: Partial<GuardRules> = {}, load: Partial<GuardLoad> | null = {}): Bench {
  const recorded: AgentEvent[] = [];
  let calls = 0;
  const guard = createGuard({
    rulesOf: (project) => ({ ...RULES, ...rules, ...(project === 'free' ? { mode: 'off' as const } : {}) }),
    projectOf: ({ attributes }) => String((attributes as JsonObject).project ?? 'shop'),
    dayCostOf: () => ({ date: '2026-11-21', costNanoUsd: 7_000_000_000 }),
    loadOf: () => (load === null ? null : { ...LOAD, ...load }),
    runningSessions: () => ['s1'],
    record: async (events) => recorded.push(...events),
    log: { error: (fields, message) => expect.fail(`${message} ${JSON.stringify(fields)}`) },
  });
  return {
    guard,
    recorded,
    call(command) {
      calls += 1;
      const event = makeEvent({
        type: 'span.start',
        correlation: { sessionId: 's1', runId: 'r1', spanId: `tool-${calls}` },
      });
      return guard.judge({ event, toolName: 'Bash', input: { command }, cwd: '/srv', waits: true });
    },
    [Symbol.dispose]: () => guard[Symbol.dispose](),
  };
}

describe('the guard', () => {
  it('lets through what no rule speaks of', () => {
    using bench = setUp();
    expect(bench.call('npm test')).toBeNull();
    expect(bench.recorded).toEqual([]);
  });

  it('records a limit that it refused calls for once, though it is still passed later', () => {
    using bench = setUp({}, { tokens: 2000 });
    expect(bench.call('npm test')).not.toBeNull();
    expect(bench.call('npm run build')).not.toBeNull();
    bench.guard.watch();
    expect(bench.recorded.map(({ payload }) => [payload.rule, payload.action])).toEqual([
      ['max_tokens_per_task', 'denied'],
    ]);
  });

  it('refuses calls once a project cost more than it may on one day', () => {
    using free = setUp({ maxDayCostNanoUsd: 7_000_000_000 });
    expect(free.call('npm test')).toBeNull();
    using bench = setUp({ maxDayCostNanoUsd: 5_000_000_000 });
    expect(bench.call('npm test')?.reason).toContain(
      '7 USD in project "shop" on 2026-11-21, the limit is 5 (max_cost_per_day_usd)',
    );
    expect(bench.recorded.map(({ payload }) => payload.rule)).toEqual(['max_cost_per_day_usd']);
  });

  it('refuses what is on a deny list, says why, and records it without the call', () => {
    using bench = setUp();
    expect(bench.call('cat ~/.ssh/id')).toEqual({
      decision: 'deny',
      reason: 'agent-monitor guardrail: "~/.ssh/id" is on the deny list (paths: "~/.ssh")',
    });
    expect(bench.recorded).toMatchObject([
      {
        type: 'guardrail.violation',
        correlation: { sessionId: 's1', runId: 'r1' },
        payload: { rule: 'deny.paths', action: 'denied', tool_name: 'Bash', list: true },
      },
    ]);
    expect(JSON.stringify(bench.recorded)).not.toContain('.ssh/id');
  });

  it('only records where rules are observed', () => {
    using bench = setUp({ mode: 'observe' });
    expect(bench.call('git push')).toBeNull();
    expect(bench.recorded).toMatchObject([{ payload: { rule: 'deny.commands', action: 'observed' } }]);
  });

  it('does nothing where it is off, by the project that the event belongs to while the session is not known', () => {
    using bench = setUp({ mode: 'off' });
    expect(bench.call('git push')).toBeNull();
    using unknown = setUp({}, null);
    expect(unknown.call('git push')).not.toBeNull();
    expect(bench.recorded).toEqual([]);
  });

  it.each<[string, Partial<GuardLoad>]>([
    ['max_tokens_per_task', { tokens: 1001 }],
    ['max_file_operations', { fileOperations: 11 }],
    ['max_duration', { runUntilMs: 61_000 }],
    ['max_cost_usd', { costNanoUsd: 500_001_000 }],
    ['max_failures_in_row', { failuresInRow: 4 }],
  ])('refuses every call over %s, and records it once', (rule, load) => {
    using bench = setUp({}, load);
    expect(bench.call('npm test')?.reason).toContain(rule);
    expect(bench.call('npm run build')?.reason).toContain(rule);
    expect(bench.recorded.map(({ payload }) => payload.rule)).toEqual([rule]);
  });

  it('takes a limit for passed only beyond it', () => {
    using bench = setUp(
      {},
      { tokens: 1000, fileOperations: 10, costNanoUsd: 500_000_000, runUntilMs: 60_000 },
    );
    expect(bench.call('npm test')).toBeNull();
  });

  it('refuses the same call again and again', () => {
    using bench = setUp();
    expect([bench.call('npm test'), bench.call('npm test')]).toEqual([null, null]);
    expect(bench.call('npm test')?.reason).toContain('max_repeats');
    expect(bench.call('npm run build')).toBeNull();
  });

  it('watches sessions whose agents ask nothing, and records each limit once per task', () => {
    using bench = setUp({}, { tokens: 1001 });
    bench.guard.watch();
    bench.guard.watch();
    expect(bench.recorded).toMatchObject([
      {
        attributes: { task_id: 't1' },
        payload: {
          rule: 'max_tokens_per_task',
          action: 'observed',
          mode: 'enforce',
          value: 1001,
          limit: 1000,
        },
      },
    ]);
  });

  it('gives one violation the same id after a restart', () => {
    using before = setUp({}, { tokens: 1001 });
    using after = setUp({}, { tokens: 2000 });
    before.guard.watch();
    after.guard.watch();
    expect(before.recorded[0]?.id).toBe(after.recorded[0]?.id);
  });
});

describe('a call that ran unasked', () => {
  const failed = (more: Partial<AgentEvent> = {}): AgentEvent =>
    makeEvent({
      type: 'agent.hook_failed',
      tsMs: Date.now(),
      correlation: { sessionId: 's1', runId: 'r1', spanId: 'tool-1' },
      payload: { hook_event: 'PreToolUse', reason: 'timed out' },
      ...more,
    });

  it('is recorded once where rules are enforced', () => {
    using bench = setUp();
    bench.guard.note(failed());
    bench.guard.note(failed({ id: 'again' }));
    bench.guard.note(failed({ correlation: { sessionId: 's1', spanId: 'tool-2' } }));
    expect(bench.recorded.map(({ payload }) => [payload.rule, payload.action, payload.tool_use_id])).toEqual([
      ['unasked', 'observed', 'tool-1'],
      ['unasked', 'observed', 'tool-2'],
    ]);
  });

  it('is none where they are observed, long ago, or where it is something else', () => {
    using observing = setUp({ mode: 'observe' });
    observing.guard.note(failed());
    using bench = setUp();
    bench.guard.note(failed({ tsMs: Date.now() - 2 * 86_400_000 }));
    bench.guard.note(failed({ type: 'agent.notification' }));
    expect([...observing.recorded, ...bench.recorded]).toEqual([]);
  });
});
