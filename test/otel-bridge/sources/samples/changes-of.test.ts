import { describe, expect, it } from 'vitest';
import type { SampledThing, SampleRound } from '../../../../otel-bridge/domain/sample.ts';
import { changesOf } from '../../../../otel-bridge/sources/samples/changes-of.ts';

function vm(changes: Partial<SampledThing> = {}): SampledThing {
  return {
    kind: 'vm',
    id: 'uuid-1',
    name: 'zap',
    project: 'demo',
    agent: 'claw',
    framework: 'openclaw',
    host: 'zap',
    location: 'qemu:///system on h',
    registered: true,
    state: 'running',
    reason: 'booted',
    issues: [],
    facts: {},
    metrics: [],
    ...changes,
  };
}

const round = (...things: SampledThing[]): SampleRound => ({
  sampler: 'h',
  taken_ms: 1000,
  interval_ms: 30_000,
  problem: null,
  things,
});

const told = (now: SampledThing[], before: SampledThing[] | null) =>
  changesOf(round(...now), before).map(({ type, payload }) => [
    type,
    payload.severity ?? null,
    payload.state ?? payload.issue,
  ]);

describe('changes of a round', () => {
  it('are a snapshot of what is new, and nothing where only figures changed', () => {
    expect(told([vm()], null)).toEqual([['openclaw.snapshot', null, 'running']]);
    expect(told([vm({ metrics: [{ metric: 'a', value: 1, attributes: {} }] })], [vm()])).toEqual([]);
  });

  it('are records of their own for states, by how bad they are', () => {
    const state = (next: string, reason: string) =>
      told([vm({ state: next, reason })], [vm()]).filter(([type]) => type === 'vm.state_change');
    expect(state('shutoff', 'shutdown')).toEqual([['vm.state_change', 'warn', 'shutoff']]);
    expect(state('shutoff', 'crashed')).toEqual([['vm.state_change', 'error', 'shutoff']]);
    expect(state('crashed', 'panicked')).toEqual([['vm.state_change', 'error', 'crashed']]);
    expect(told([vm()], [vm({ state: 'shutoff' })])).toContainEqual(['vm.state_change', 'info', 'running']);
  });

  it('are a restart that nobody saw, by its run', () => {
    const began = told([vm({ run_id: '2' })], [vm({ run_id: '1' })]);
    expect(began).toContainEqual(['vm.state_change', 'warn', 'running']);
    expect(told([vm({ run_id: '1' })], [vm({ run_id: '1' })])).toEqual([]);
  });

  it('are issues that begin and end', () => {
    const full = vm({ issues: ['file system "/" is 95 % full'] });
    expect(told([full], [vm()])).toContainEqual(['vm.issue', 'warn', 'file system "/" is 95 % full']);
    expect(told([vm()], [full])).toContainEqual(['vm.issue', 'info', 'file system "/" is 95 % full']);
  });

  it('say what is gone, but not while a sampler cannot look', () => {
    expect(told([], [vm()])).toEqual([['vm.state_change', 'warn', 'gone']]);
    expect(changesOf({ ...round(), problem: 'libvirt is away' }, [vm()])).toEqual([]);
  });

  it('have the same ids when they are told again', () => {
    const ids = () => changesOf(round(vm({ state: 'paused' })), [vm()]).map(({ id }) => id);
    expect(ids()).toEqual(ids());
  });
});
