import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totalInRange } from '../../dashboards/grafana/totals.ts';
import { type InstalledMonitor, installMonitor } from '../helpers/monitor.ts';
import { type RunningStack, sendHeaders, startStack } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** How long the stores are away: two minutes in CI, `AGENT_MONITOR_TEST_OUTAGE_S=360` for the figure of the README. */
const OUTAGE_MS = Number(process.env.AGENT_MONITOR_TEST_OUTAGE_S ?? 100) * 1000;
/** A fact settles 10 s after it was seen and leaves with the next export: nothing happens this long around an edge. */
const QUIET_MS = 16_000;
const CATCH_UP_MS = 120_000;

let monitor: InstalledMonitor;
let stack: RunningStack;
let headers: Record<string, string>;
/** Ids of events that the bridge acknowledged. */
const acknowledged: string[] = [];

beforeAll(async () => {
  monitor = await installMonitor();
  stack = await startStack(monitor, { telemetry: { metric_interval: '2s', log_interval: '1s' } });
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
  headers = sendHeaders(await stack.claudeEnv('stream', 'sender'));
}, 300_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
}, 120_000);

/** An agentmon envelope, as far as tests look at it. */
interface Envelope {
  readonly event: { readonly id: string };
  readonly [field: string]: unknown;
}

/** A run of one input token. */
function runEnd(tsMs = Date.now(), attributes: object = {}): Envelope {
  const source = { framework: 'openclaw', client_id: 'sender', host: 'box' };
  const event = { id: randomUUID(), type: 'run.end', ts: new Date(tsMs).toISOString(), source };
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event,
    correlation: { session_id: 'stream', run_id: randomUUID() },
    attributes,
    payload: { status: 'success', usage: { input_tokens: 1 } },
  };
}

/** Posts one event until it is acknowledged, as a sender with a spool would. */
async function send(event: Envelope): Promise<void> {
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${stack.ports.ingest}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify([event]),
      });
      if (response.status === 202) {
        acknowledged.push(event.event.id);
        return;
      }
    } catch {
      // The bridge was killed while it held this request: it was not acknowledged.
    }
    await delay(200);
  }
}

async function stream(durationMs: number): Promise<number> {
  const from = acknowledged.length;
  const until = Date.now() + durationMs;
  while (Date.now() < until) {
    await Promise.all([send(runEnd()), send(runEnd())]);
    await delay(100);
  }
  return acknowledged.length - from;
}

/** Kills the main process of a container from outside, as the kernel would; Docker starts it again. */
async function kill(service: string): Promise<void> {
  const pid = (await stack.docker('inspect', '-f', '{{.State.Pid}}', `$${service}`)).trim();
  process.kill(Number(pid), 'SIGKILL');
}

async function tokens(): Promise<number> {
  const [sample] = await stack.prometheus('sum(agent_token_usage_total{project="stream"})');
  return sample?.value ?? 0;
}

/** What the panels' helper gives for a range that ends now. */
async function totalSince(startMs: number): Promise<number> {
  const rangeS = Math.round((Date.now() - startMs) / 1000);
  const query = totalInRange('agent_token_usage_total{project="stream"}').replaceAll(
    '$__range',
    `${rangeS}s`,
  );
  const [sample] = await stack.prometheus(`sum(${query})`);
  return Math.round(sample?.value ?? 0);
}

describe('while parts are killed and stores are away', () => {
  it('every acknowledged event is in Loki and in the counters once', async () => {
    const startMs = Date.now() - 1000;
    const killed = stream(20_000);
    await delay(4000);
    await kill('bridge');
    await delay(8000);
    await kill('otel-collector');
    await killed;

    await delay(QUIET_MS);
    const beforeMs = Date.now();
    const before = acknowledged.length;
    await stack.docker('stop', '-t', '1', '$prometheus', '$loki');
    const first = await stream(OUTAGE_MS / 2 - QUIET_MS / 2);
    await delay(QUIET_MS / 2);
    await delay(QUIET_MS / 2);
    const insideMs = Date.now();
    const second = await stream(OUTAGE_MS / 2 - QUIET_MS / 2);
    await delay(QUIET_MS);
    await stack.docker('start', '$prometheus', '$loki');
    const afterMs = Date.now();
    const third = await stream(5000);

    const total = before + first + second + third;
    await waitUntil(tokens, (value) => value === total, CATCH_UP_MS).catch(() => undefined);
    expect(await tokens()).toBe(total);
    expect(await totalSince(startMs)).toBe(total);
    expect(await totalSince(beforeMs)).toBe(first + second + third);
    expect(await totalSince(insideMs)).toBe(second + third);
    expect(await totalSince(afterMs)).toBe(third);

    const query = '{service_name="agent-monitor", project="stream"} | session_id="stream"';
    const entries = await waitUntil(
      () => stack.loki(query, startMs - 60_000),
      (found) => found.length >= total,
      CATCH_UP_MS,
    );
    const ids = entries.map(({ labels }) => labels.event_id);
    expect(ids.length).toBe(new Set(ids).size);
    expect(new Set(ids)).toEqual(new Set(acknowledged));
  });

  it('late, fast, old and large records are all visible', async () => {
    const hourMs = 3_600_000;
    const now = Date.now();
    const cases = {
      late: runEnd(now - 2 * hourMs),
      fast: runEnd(now + 9 * 60_000),
      old: runEnd(now - 8 * 24 * hourMs),
      large: runEnd(now, { note: 'x'.repeat(70_000) }),
    };
    for (const event of Object.values(cases)) await send(event);
    const seen = async (): Promise<Set<string | undefined>> => {
      const entries = await stack.loki(
        '{service_name=~"agent-monitor|agent-monitor-history", project="stream"} | event_id!=""',
        now - 9 * 24 * hourMs,
      );
      return new Set(entries.map(({ labels }) => labels.event_id));
    };
    const wanted = Object.values(cases).map(({ event }) => event.id);
    await waitUntil(seen, (ids) => wanted.every((id) => ids.has(id)));
    const [large] = await stack.loki(
      `{service_name="agent-monitor", project="stream"} | event_id="${cases.large.event.id}"`,
      now - hourMs,
    );
    expect(large?.line).toContain('x'.repeat(70_000));
  });
});
