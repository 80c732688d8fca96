import { existsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from '../benchmark.ts';
import { spreadOf } from '../measure/statistics.ts';
import { type RecordedPost, recordedWork } from '../payload/claude-code-work.ts';
import { type MeasuredBridge, startMeasuredBridge } from '../subject/bridge.ts';
import { waitUntilProjected } from '../subject/journal-state.ts';

const CALLS = 2000;
/** Long enough for everything to leave. */
const DELIVERED_MS = 15_000;

/** How much disk a real agent's work takes: all that Claude Code sent and wrote, telemetry and transcripts. */
export const disk: Benchmark = {
  name: 'disk',
  async run(context) {
    await using sink = await context.load.startSink();
    const { folder, program } = context;
    await using bridge = await startMeasuredBridge({ folder, program: program.bridge, sinkUrl: sink.url });
    let calls = 0;
    for (let copy = 0; calls < CALLS; copy++) {
      const work = recordedWork(copy, Date.now());
      for (const request of work.posts) await post(bridge, request);
      calls += work.modelCalls;
    }
    await waitUntilProjected(bridge.journalPath);
    await delay(DELIVERED_MS);
    await bridge.stop();
    const { journalPath } = bridge;
    const files = [journalPath, `${journalPath}-wal`].filter((path) => existsSync(path));
    const megabytes = files.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;
    return [
      {
        what: 'disk per 1,000 model calls of a real Claude Code, journal',
        value: spreadOf([(megabytes / calls) * 1000]),
        unit: ' MB',
        bound: { of: 'value', better: 'lower', atLeast: 20, aim: 8 },
        note: `${calls} calls: log records, metrics and spans, and the transcripts as the host part sends them`,
      },
    ];
  },
};

async function post(bridge: MeasuredBridge, { path, body }: RecordedPost): Promise<void> {
  const base = path === '/v1/events' ? bridge.ingestUrl : bridge.otlpUrl;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${base}${path}`, { method: 'POST', headers, body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${answer}`);
}
