import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentmonSession } from '../helpers/agentmon-session.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const SENDER = { project: 'demo', agent: 'zap' };
const SELF = 'agent-monitor-bridge';

let monitor: InstalledMonitor;
let stack: RunningStack;
const startMs = Date.now() - 60_000;
const forgotten = agentmonSession({ ...SENDER, startMs });
const kept = agentmonSession({ ...SENDER, startMs });

beforeAll(async () => {
  monitor = await installMonitor();
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
  for (const { events } of [forgotten, kept]) {
    expect(await stack.post(events, SENDER)).toMatchObject({ status: 202 });
  }
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
});

/** Log records of a session. @param service whose: events alone, where nothing else is said */
const entriesOf = (sessionId: string, service = 'agent-monitor') =>
  stack.loki(`{service_name=~"${service}"} | session_id="${sessionId}"`, startMs - 3_600_000, Date.now());

describe("the bridge's own telemetry in the stores", () => {
  test('is in Prometheus as bridge_*, exactly what was taken in', async () => {
    const accepted = await waitUntil(
      () => stack.prometheus('sum(bridge_events_accepted_total)'),
      ([sum]) => sum?.value === forgotten.events.length + kept.events.length,
      90_000,
    );
    expect(accepted).toHaveLength(1);
    const [size] = await stack.prometheus('bridge_journal_size_bytes');
    expect(size?.value).toBeGreaterThan(0);
    expect(size?.labels.job).toBe(SELF);
    for (const name of ['bridge_projection_lag', 'bridge_dead_letters', 'bridge_facts_pending']) {
      expect(await stack.prometheus(name), name).toHaveLength(1);
    }
    const [failed] = await stack.prometheus(
      'sum(bridge_delivery_requests_total{bridge_outcome="refused"}) or vector(0)',
    );
    expect(failed?.value).toBe(0);
  });

  test('is in Jaeger under its own name and counts as no agent', async () => {
    const traces = await waitUntil(
      () => stack.jaeger(SELF),
      (found) => found.length > 0,
    );
    expect(traces.flatMap(({ spans }) => spans).map(({ operationName }) => operationName)).toContain(
      'bridge.deliver',
    );
    const { data } = JSON.parse(await stack.monitor('usage', '--by', 'agent', '--json'));
    expect(data.rows.map(({ key }: { key: { agent: string } }) => key.agent)).toEqual(['zap']);
  });
});

test('monitor verify follows a marked session to every store and back', async () => {
  const { data } = JSON.parse(await stack.monitor('verify', '--json'));
  const hops = data.hops as { hop: string; ok: boolean }[];
  expect(hops.map(({ hop, ok }) => [hop, ok])).toEqual(
    ['ingest', 'otlp logs', 'otlp metrics', 'otlp traces', 'query API', 'loki', 'prometheus', 'jaeger'].map(
      (hop) => [hop, true],
    ),
  );
}, 180_000);

test('monitor prune --session takes a session out of Loki, leaves the others, and says what stays', async () => {
  await waitUntil(
    async () => [await entriesOf(forgotten.sessionId), await entriesOf(kept.sessionId)],
    ([gone, left]) => gone?.length === forgotten.events.length && left?.length === kept.events.length,
  );
  // What a session did, and what was notable, are told beside its events.
  for (const service of ['agent-monitor-sessions', 'agent-monitor-notable'])
    await waitUntil(
      () => entriesOf(forgotten.sessionId, service),
      (found) => found.length > 0,
    );
  const said = await stack.monitor('prune', '--session', forgotten.sessionId, '--yes', '--json');
  const { data } = JSON.parse(said);
  expect(data.stores).toMatchObject([
    { store: 'loki', state: 'asked' },
    { store: 'jaeger', state: 'kept' },
    { store: 'prometheus', state: 'kept' },
  ]);
  // Loki's querier looks for deletions every five minutes, and when it starts.
  await stack.docker('restart', '$loki');
  await waitUntil(
    async () => {
      try {
        return [await entriesOf(forgotten.sessionId, '.+'), await entriesOf(kept.sessionId)];
      } catch {
        // It is not up yet.
        return [];
      }
    },
    ([gone, left]) => gone?.length === 0 && left?.length === kept.events.length,
    360_000,
  );
}, 420_000);
