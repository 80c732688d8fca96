import { describe, expect, test } from 'vitest';
import type { KeyValue, OtlpRequest } from '../../otel-bridge/otlp/types.ts';
import { agentmonSession } from '../helpers/agentmon-session.ts';
import { startBridge } from '../helpers/bridge.ts';
import {
  type OtlpTarget,
  startOtlpTarget,
  TARGET_CERTIFICATE,
  type TargetAnswer,
} from '../helpers/otlp-target.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SELF = 'agent-monitor-bridge';

function nameOf(attributes: readonly KeyValue[] = []): string | undefined {
  return attributes.find(({ key }) => key === 'service.name')?.value?.stringValue ?? undefined;
}

/** Requests of one signal that the bridge sent about itself. */
function selfRequests<S extends 'logs' | 'metrics' | 'traces'>(
  target: OtlpTarget,
  signal: S,
): OtlpRequest<S>[] {
  return target.requests
    .filter((request) => request.signal === signal && request.headers['content-type'] === 'application/json')
    .map(({ request }) => request as OtlpRequest<S>);
}

/** The newest value of every point of our own metrics: `name{attribute values}`. */
function selfMetrics(target: OtlpTarget): Map<string, number> {
  const values = new Map<string, number>();
  for (const { resourceMetrics } of selfRequests(target, 'metrics')) {
    for (const { resource, scopeMetrics } of resourceMetrics) {
      expect(nameOf(resource?.attributes)).toBe(SELF);
      for (const { name, sum, gauge } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        for (const point of (sum ?? gauge)?.dataPoints ?? []) {
          const labels = point.attributes.map(({ value }) => value?.stringValue).join(',');
          values.set(`${name}{${labels}}`, Number(point.asInt ?? point.asDouble ?? 0));
        }
      }
    }
  }
  return values;
}

async function startObserved(answer?: () => TargetAnswer | undefined) {
  const target = await startOtlpTarget(answer, { scheme: 'https' });
  const bridge = await startBridge({
    targets: [
      {
        name: 'cloud',
        endpoint: target.url,
        raw_endpoint: null,
        signals: ['logs', 'metrics', 'traces'],
        headers: { 'x-api-key': 'k1' },
        ca_pem: TARGET_CERTIFICATE,
      },
    ],
    telemetry: {
      metric_interval_ms: 300,
      log_interval_ms: 100,
      traces: true,
      include_account: false,
      self: true,
    },
  });
  return { target, bridge };
}

const post = (url: string, events: readonly unknown[]): Promise<Response> =>
  fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });

describe("the bridge's own telemetry", () => {
  test('tells a target what it took, refused, delivered and holds, and never itself', async () => {
    const { target, bridge } = await startObserved();
    await using _target = target;
    await using _bridge = bridge;
    const { events } = agentmonSession({ project: 'demo', agent: 'a', startMs: Date.now() - 20_000 });
    await post(bridge.ingestUrl, events);
    await post(bridge.ingestUrl, [...events, { nonsense: true }]);

    const metrics = await waitUntil(
      () => selfMetrics(target),
      (values) =>
        values.get('bridge.events.duplicate{ingest}') === events.length &&
        [...values.keys()].some((name) => name.startsWith('bridge.delivery.requests{cloud,logs')),
    );
    expect(metrics.get('bridge.events.accepted{ingest}')).toBe(events.length);
    expect(metrics.get('bridge.events.rejected{ingest,wrong_schema}')).toBe(1);
    expect(metrics.get('bridge.journal.size{}')).toBeGreaterThan(10_000);
    expect(metrics.get('bridge.disk.free{}')).toBeGreaterThan(0);
    expect(metrics.get('bridge.process.memory{resident}')).toBeGreaterThan(1e7);
    for (const name of ['bridge.projection.lag{}', 'bridge.dead_letters{}', 'bridge.facts.pending{}']) {
      expect(metrics.get(name)).toBeGreaterThanOrEqual(0);
    }
    expect(metrics.has('bridge.delivery.lag{cloud,logs}')).toBe(true);
    expect(target.requests.every(({ headers }) => headers['x-api-key'] === 'k1')).toBe(true);

    const spans = await waitUntil(
      () =>
        selfRequests(target, 'traces').flatMap(({ resourceSpans }) =>
          resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
        ),
      (found) => found.length > 0,
    );
    expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(['bridge.deliver']));

    // Nothing of this came in again: the journal holds the agent's events and no others.
    const { journal } = await bridge.query('/v1/status');
    expect(journal).toMatchObject({ events: events.length });
  }, 60_000);

  test('sends its warnings, without what they quote of secrets', async () => {
    let isAway = true;
    const { target, bridge } = await startObserved(() =>
      isAway
        ? { status: 401, body: 'token sk-ant-api03-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA no' }
        : undefined,
    );
    await using _target = target;
    await using _bridge = bridge;
    const { events } = agentmonSession({ project: 'demo', agent: 'a', startMs: Date.now() - 20_000 });
    await post(bridge.ingestUrl, events);
    await waitUntil(bridge.output, (text) => text.includes('check its address'));
    isAway = false;
    const told = await waitUntil(
      () => JSON.stringify(selfRequests(target, 'logs')),
      (text) => text.includes('check its address'),
    );
    expect(told).toContain('"WARN"');
    expect(told).toContain(SELF);
    expect(told).not.toContain('sk-ant-api03');
  }, 60_000);
});
