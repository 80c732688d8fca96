import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { type RunningBridge, startBridge } from '../helpers/bridge.ts';
import { watchMemory } from '../helpers/memory-watch.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const IS_LONG = process.env.AGENT_MONITOR_TEST_LONG === '1';
/** Different sessions, tools, models and paths. */
const VALUES = IS_LONG ? 1_000_000 : 100_000;
const ORDINARY = 20_000;
const BATCH = 500;
const SENDERS = 4;
const MAX_SERIES = 2000;
/** One for each project and agent; here there is one. */
const MAX_OVERFLOW_SERIES = 1;
const MAX_GROWTH_MIB = 150;

/** Event n, a tool call or a model call by turns; what it names is one of `values`. */
function envelope(name: string, n: number, values: number): object {
  const value = `${name}-${n % values}`;
  const isCall = n % 2 === 0;
  return {
    schema: { name: 'agentmon.event', version: 1 },
    event: {
      id: `${name}-event-${n}`,
      type: isCall ? 'api.request' : 'span.end',
      ts: new Date().toISOString(),
      source: { framework: 'openclaw', client_id: 'c', host: 'box' },
    },
    correlation: { session_id: `session-${value}`, run_id: `run-${value}`, span_id: `${name}-span-${n}` },
    attributes: { project: 'demo', agent: 'a' },
    payload: isCall
      ? { request_id: `${name}-${n}`, model: `model-${value}`, input_tokens: 3, cost_usd: 0.001 }
      : { tool_name: `tool-${value}`, status: 'success', duration_ms: 5, file_path: `/srv/${value}.ts` },
  };
}

async function send(bridge: RunningBridge, name: string, count: number, values: number): Promise<void> {
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next += BATCH;
      const body = Array.from({ length: BATCH }, (_, i) => envelope(name, first + i, values));
      const response = await fetch(`${bridge.ingestUrl}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(await response.json()).toMatchObject({ accepted: BATCH });
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

/** The sum of a counter, or of the observations of a histogram, and of how many series. */
function metric(path: string, name: string): { sum: number; series: number; overflow: number } {
  using reader = new DatabaseSync(path, { readOnly: true });
  const row = reader
    .prepare(
      `SELECT sum(CASE json_type(value) WHEN 'object' THEN value ->> 'count' ELSE value END) AS sum,
         count(*) AS series, sum(attributes LIKE '%otel.metric.overflow%') AS overflow
       FROM series WHERE metric = ?`,
    )
    .get(name);
  return { sum: Number(row?.sum), series: Number(row?.series), overflow: Number(row?.overflow) };
}

it(
  `${VALUES} different sessions, tools, models and paths take a bounded number of series and memory, and totals stay exact`,
  async () => {
    await using bridge = await startBridge({ facts: { settle_ms: 500, history_after_ms: 86_400_000 } });
    const path = bridge.config.journal_path;
    using memory = watchMemory(bridge.childPid());
    const counted = (sum: number): Promise<unknown> =>
      waitUntil(
        () => [metric(path, 'agent.tool.call.count').sum, metric(path, 'agent.api.request.count').sum],
        (sums) => sums.every((one) => one === sum / 2),
        240_000,
      );
    await send(bridge, 'ordinary', ORDINARY, 50);
    await counted(ORDINARY);
    const beforeMib = memory.takePeakMib();
    expect(((await bridge.query('/v1/status')).journal as { warnings: string[] }).warnings).toEqual([]);

    await send(bridge, 'many', VALUES, VALUES);
    await counted(ORDINARY + VALUES);
    const grownMib = memory.takePeakMib() - beforeMib;
    const calls = (ORDINARY + VALUES) / 2;
    const totals = {
      'agent.tool.call.count': calls,
      'agent.tool.call.duration': calls,
      'agent.api.request.count': calls,
      'agent.token.usage': calls * 3,
      'agent.cost.usage': calls * 1e6,
    };
    for (const [name, sum] of Object.entries(totals)) {
      const found = metric(path, name);
      expect(found, name).toEqual({ sum, series: MAX_SERIES + found.overflow, overflow: found.overflow });
      expect(found.overflow, name).toBeGreaterThan(0);
      expect(found.overflow, name).toBeLessThanOrEqual(MAX_OVERFLOW_SERIES);
    }
    expect(grownMib).toBeLessThan(MAX_GROWTH_MIB);
    const warnings = await waitUntil(
      async () => ((await bridge.query('/v1/status')).journal as { warnings: string[] }).warnings,
      (said) => said.length >= Object.keys(totals).length,
    );
    for (const name of Object.keys(totals)) {
      const attribute = name.startsWith('agent.tool') ? 'gen_ai.tool.name' : 'gen_ai.request.model';
      expect(warnings.find((said) => said.includes(name))).toContain(`attribute "${attribute}"`);
    }
  },
  IS_LONG ? 3_600_000 : 300_000,
);
