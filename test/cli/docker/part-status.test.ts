import { describe, expect, it } from 'vitest';
import { toPartStatus } from '../../../cli/docker/part-status.ts';
import type { StackContainer } from '../../../cli/docker/stack-containers.ts';

const NOW_MS = Date.parse('2026-11-21T10:10:00Z');

function container(changes: Partial<StackContainer> = {}): StackContainer {
  return {
    id: 'c1',
    service: 'loki',
    state: 'running',
    health: 'healthy',
    startedAt: '2026-11-21T10:00:00Z',
    exitCode: 0,
    isOutOfMemory: false,
    restarts: 0,
    workingDir: '/stack',
    publishedPorts: [3100],
    ...changes,
  };
}

function status(facts: Partial<Parameters<typeof toPartStatus>[0]>) {
  const url = 'http://127.0.0.1:3100';
  const answer = { isReady: true } as const;
  return toPartStatus({ name: 'loki', container: container(), answer, url, nowMs: NOW_MS, ...facts });
}

describe('toPartStatus()', () => {
  it('is healthy when it runs and answers', () => {
    expect(status({})).toEqual({
      name: 'loki',
      state: 'healthy',
      url: 'http://127.0.0.1:3100',
      since: '2026-11-21T10:00:00Z',
      note: null,
    });
  });

  it('is stopped without a container, and after it has ended', () => {
    expect(status({ container: undefined })).toMatchObject({ state: 'stopped', url: null, note: null });
    const ended = container({ state: 'exited', startedAt: null, exitCode: 2 });
    expect(status({ container: ended })).toMatchObject({ state: 'stopped', note: 'ended with exit code 2' });
    expect(status({ container: { ...ended, isOutOfMemory: true } }).note).toBe('ran out of memory');
  });

  it('is starting while it is young and silent, degraded later', () => {
    const answer = { isReady: false, reason: 'no answer' } as const;
    const young = container({ startedAt: '2026-11-21T10:09:30Z' });
    expect(status({ answer, container: young })).toMatchObject({ state: 'starting', note: 'no answer' });
    expect(status({ answer })).toMatchObject({ state: 'degraded', note: 'no answer' });
  });

  it('is degraded when Docker starts it again and again, or its own check fails', () => {
    expect(status({ container: container({ state: 'restarting', exitCode: 1 }) })).toMatchObject({
      state: 'degraded',
      note: 'starts again and again, exit code 1',
    });
    expect(status({ container: container({ health: 'unhealthy' }) }).state).toBe('degraded');
    expect(status({ container: container({ restarts: 2 }) })).toMatchObject({
      state: 'healthy',
      note: 'was started again 2 times',
    });
  });
});
