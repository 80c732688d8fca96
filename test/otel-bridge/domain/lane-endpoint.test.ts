import { describe, expect, it } from 'vitest';
import { laneEndpoint } from '../../../otel-bridge/domain/lane-endpoint.ts';
import { LANES } from '../../../otel-bridge/domain/outbox.ts';

const target = { endpoint: 'http://a', raw_endpoint: 'http://b', signals: ['logs', 'metrics'] as const };
const taken = (of: Parameters<typeof laneEndpoint>[0]) =>
  LANES.filter((lane) => laneEndpoint(of, lane) !== null);

describe('the lanes of a target', () => {
  it('are those of its signals, what our dashboards read aside', () => {
    expect(taken(target)).toEqual(['raw/logs', 'raw/metrics', 'logs', 'metrics']);
    expect(laneEndpoint(target, 'raw/logs')).toBe('http://b');
    expect(laneEndpoint(target, 'logs')).toBe('http://a');
  });

  it('have what our dashboards read where those ask it', () => {
    expect(taken({ ...target, digests: true })).toContain('digest/logs');
    expect(laneEndpoint({ ...target, digests: true }, 'digest/logs')).toBe('http://a');
    expect(taken({ ...target, signals: ['metrics'], digests: true })).toEqual(['raw/metrics', 'metrics']);
  });

  it('of one that takes no raw telemetry are the others', () => {
    expect(taken({ ...target, raw_endpoint: null })).toEqual(['logs', 'metrics']);
  });
});
