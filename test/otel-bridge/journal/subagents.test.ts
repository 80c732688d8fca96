import { describe, expect, it } from 'vitest';
import { claudeCodeHooks } from '../../../otel-bridge/agents/claude-code/hooks.ts';
import type { AgentEvent, JsonObject } from '../../../otel-bridge/domain/event.ts';
import type { LogRecord } from '../../../otel-bridge/domain/outbox.ts';
import { JournalBench, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';

const MINUTE_MS = 60_000;

/** The tree of a session as the table shows it: newest records, sorted by path. */
function tree(bench: JournalBench, sessionId = 's'): string[] {
  const newest = new Map<string, LogRecord>();
  for (const record of bench.records<LogRecord>('digest/logs')) {
    const { attributes } = record;
    if (attributes['event.name'] !== 'subagent.place' || attributes['session.id'] !== sessionId) continue;
    const known = Number(newest.get(String(attributes.subagent_id))?.attributes.subagent_version ?? 0);
    if (Number(attributes.subagent_version) > known) newest.set(String(attributes.subagent_id), record);
  }
  return [...newest.values()]
    .toSorted((a, b) => (String(a.attributes.subagent_path) < String(b.attributes.subagent_path) ? -1 : 1))
    .map(({ attributes }) => `${attributes.subagent_tree} ${attributes.subagent_id}`);
}

function live(bench: JournalBench, ms: number): void {
  for (const untilMs = bench.nowMs + ms; bench.nowMs < untilMs; bench.pass(10_000))
    bench.core.exportMetrics();
}

let count = 0;
function call(subagent?: string, id?: string, parentSpanId?: string): AgentEvent {
  count += 1;
  const ofWhom: JsonObject = { ...(subagent === undefined ? {} : { subagent, query_source: 'subagent' }) };
  return makeEvent({
    ...{ id: `call-${count}`, type: 'api.request', tsMs: START_MS + count },
    correlation: { sessionId: 's', ...(parentSpanId === undefined ? {} : { parentSpanId }) },
    attributes: { project: 'demo', agent: 'zap' },
    payload: { request_id: `r-${count}`, ...ofWhom, ...(id === undefined ? {} : { subagent_id: id }) },
  });
}

/** What a hook of Claude Code tells, as the bridge reads it. */
function hook(name: string, told: JsonObject): AgentEvent[] {
  count += 1;
  const input = { hook_event_name: name, session_id: 's', prompt_id: 'p', ...told };
  const attributes = { project: 'demo', agent: 'zap' };
  return claudeCodeHooks.toEvents(input, {
    id: `hook-${count}`,
    firedMs: START_MS + count,
    attributes,
  } as Parameters<typeof claudeCodeHooks.toEvents>[1]);
}
const inside = (id: string, type: string) => ({ agent_id: id, agent_type: type });
const task = (id: string) => ({ tool_name: 'Agent', tool_use_id: id, tool_input: { prompt: 'x' } });
const done = (id: string, agentId: string) => ({ ...task(id), tool_response: { agentId } });

const NESTED = [
  'main agent main',
  '└ Explore a',
  '\u2003└ reviewer "x" [1] b',
  '\u2003\u2003└ tester d',
  '└ Explore c',
];

describe('the tree of sub-agents', () => {
  it('is known once the calls that began them ended, which hooks tell', () => {
    using bench = new JournalBench();
    bench.append(call(), ...hook('PreToolUse', task('t1')));
    bench.append(...hook('SubagentStart', inside('a', 'Explore')), call('Explore', 'a'));
    bench.append(...hook('PreToolUse', { ...task('t2'), ...inside('a', 'Explore') }));
    bench.append(call('reviewer "x" [1]', 'b'));
    bench.append(...hook('PreToolUse', { ...task('t4'), ...inside('b', 'reviewer "x" [1]') }));
    bench.append(call('Explore', 'c'), call('tester', 'd'));
    live(bench, 2 * MINUTE_MS);
    // Nobody told yet which one began it.
    expect(tree(bench)).toEqual([
      'main agent main',
      '└ Explore a',
      '└ reviewer "x" [1] b',
      '└ Explore c',
      '└ tester d',
    ]);
    bench.reopen();
    bench.append(...hook('PostToolUse', { ...done('t4', 'd'), ...inside('b', 'reviewer "x" [1]') }));
    live(bench, MINUTE_MS);
    bench.append(...hook('PostToolUse', { ...done('t2', 'b'), ...inside('a', 'Explore') }));
    bench.append(...hook('PostToolUse', done('t1', 'a')), ...hook('PostToolUse', done('t3', 'c')));
    live(bench, 2 * MINUTE_MS);
    expect(tree(bench)).toEqual(NESTED);
  });

  it('is known from the beginning where transcripts are read, in any order', () => {
    const spawn = (toolUseId: string, subagentId?: string) =>
      makeEvent({
        ...{ id: `spawn-${toolUseId}-${++count}`, type: 'span.start', tsMs: START_MS },
        correlation: { sessionId: 's', spanId: toolUseId },
        attributes: { project: 'demo', agent: 'zap' },
        payload: {
          ...{ kind: 'tool', tool_name: 'Agent', tool_use_id: toolUseId },
          ...(subagentId === undefined ? {} : { subagent_id: subagentId }),
        },
      });
    const events = () => [
      ...[call(), spawn('t1'), call('Explore', 'a', 't1'), spawn('t2', 'a')],
      ...[call('reviewer "x" [1]', 'b', 't2'), call('Explore', 'c', 't3'), spawn('t4', 'b')],
      call('tester', 'd', 't4'),
    ];
    using bench = new JournalBench();
    bench.append(...events());
    live(bench, MINUTE_MS);
    expect(tree(bench)).toEqual(NESTED);
    const tellings = bench
      .records<LogRecord>('digest/logs')
      .filter(({ body }) => body.startsWith('subagent.'));
    expect(tellings).toHaveLength(NESTED.length);

    using other = new JournalBench();
    other.append(...events().toReversed());
    live(other, MINUTE_MS);
    // Numbers are those of their appearance, the tree is the same.
    expect(tree(other).toSorted()).toEqual(NESTED.toSorted());
  });

  it('is looked at again when a sub-agent ends, and finds whose call it was through the spans between', () => {
    using bench = new JournalBench();
    const span = (type: string, spanId: string, parentSpanId: string, payload: JsonObject) =>
      makeEvent({
        ...{ id: `${type}-${spanId}`, type, tsMs: START_MS + 50_000, payload },
        correlation: { sessionId: 's', spanId, parentSpanId },
        attributes: { project: 'demo', agent: 'zap' },
      });
    bench.append(call('Explore', 'a'), call('tester', 'b', 't1'));
    live(bench, MINUTE_MS);
    expect(tree(bench)).toEqual(['└ Explore a', '└ tester b']);
    bench.append(span('span.start', 't1', 't0', { kind: 'tool', tool_name: 'Agent' }));
    bench.append(span('span.start', 't0', 'x', { kind: 'tool', tool_name: 'batch', subagent_id: 'a' }));
    bench.append(span('span.end', 'b', 'b', { kind: 'subagent', subagent_id: 'b', status: 'success' }));
    live(bench, MINUTE_MS);
    expect(tree(bench)).toEqual(['└ Explore a', '\u2003└ tester b']);
  });

  it('has no end where two say that they began each other', () => {
    using bench = new JournalBench();
    const began = (id: string, by: string) =>
      makeEvent({
        ...{ id: `began-${id}`, type: 'span.start', tsMs: START_MS },
        correlation: { sessionId: 's', spanId: id, parentSpanId: by },
        payload: { kind: 'subagent', subagent: id, subagent_id: id },
      });
    bench.append(began('a', 'b'), began('b', 'a'));
    live(bench, 5 * MINUTE_MS);
    expect(tree(bench)).toHaveLength(2);
    expect(bench.records<LogRecord>('digest/logs').length).toBeLessThan(10);
  });

  it('has sessions that sessions began, in the tree of each session above them', () => {
    using bench = new JournalBench();
    const start = (id: string, parent?: string, subagent?: string) =>
      makeEvent({
        ...{ id: `start-${id}`, type: 'session.start', tsMs: START_MS },
        correlation: { sessionId: id },
        attributes: { project: 'demo', agent: 'zap' },
        payload: {
          ...(parent === undefined ? {} : { parent_session_id: parent }),
          ...(subagent === undefined ? {} : { subagent }),
        },
      });
    bench.append(start('s'), start('b', 'a'), start('a', 's', 'explorer'), start('loop', 'loop'));
    live(bench, 5 * MINUTE_MS);
    expect(tree(bench)).toEqual(['└ explorer a', '\u2003└ session b']);
    expect(tree(bench, 'a')).toEqual(['└ session b']);
    expect(tree(bench, 'loop')).toEqual([]);
  });

  it('is forgotten with its session', () => {
    using bench = new JournalBench();
    bench.append(call('Explore', 'a'));
    while (bench.core.prune({ sessionId: 's' }).more);
    live(bench, MINUTE_MS);
    expect(tree(bench)).toEqual([]);
    expect(bench.query('SELECT * FROM subagents')).toEqual([]);
  });
});
