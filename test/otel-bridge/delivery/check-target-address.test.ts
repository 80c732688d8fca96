import { describe, expect, test } from 'vitest';
import { checkTargetAddress } from '../../../otel-bridge/delivery/check-target-address.ts';
import { runDelivery, targetAt } from '../../helpers/delivery-fixture.ts';

const own = {
  listen: ['127.0.0.1', '192.168.7.7'],
  allowed_hosts: ['localhost', 'agent-monitor', 'host.docker.internal'],
  ports: { ingest: 8080, ui: 8081, otlp_grpc: 4317, otlp_http: 4318 },
};

describe('checkTargetAddress()', () => {
  test.each([
    'http://127.0.0.1:4318',
    'http://127.1.2.3:4318/v1/logs',
    'http://localhost:4317',
    'http://[::1]:8080',
    'http://[::ffff:127.0.0.1]:8080',
    'http://0.0.0.0:8081',
    'http://192.168.7.7:4318',
    'http://agent-monitor:4318',
    'http://host.docker.internal:4318',
  ])('refuses %s, which is the bridge itself', (endpoint) => {
    expect(() => checkTargetAddress('me', endpoint, own)).toThrow(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining("the bridge's own port") }),
    );
  });

  test.each([
    'http://127.0.0.1:14318',
    'http://otel-collector:4318',
    'https://otlp.example.com',
    'http://192.168.7.8:4318',
  ])('takes %s', (endpoint) => {
    expect(() => checkTargetAddress('other', endpoint, own)).not.toThrow();
  });

  test.each(['collector:4318', 'ftp://x', ''])('refuses %j, which is no URL of HTTP', (endpoint) => {
    expect(() => checkTargetAddress('other', endpoint, own)).toThrow('expected a URL like http://host:4318');
  });
});

test('startDelivery() refuses to start with a target that is the bridge itself', () => {
  expect(() => runDelivery([targetAt('http://localhost:4318')], { own })).toThrow(
    'Cannot deliver to target "collector"',
  );
});
