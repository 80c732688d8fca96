import { type ChildProcess, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

/** 10,000 take some minutes on two cores. */
const FIRINGS = Number(process.env.AGENT_MONITOR_TEST_FIRINGS ?? 400);
const AGENTS = 20;

let monitor: InstalledMonitor;
let home: MonitorHome;
/** What the installed hook runs. */
let script: string;
beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  await home.writeSettings('history: {import: none, follow: false}\n');
  expect((await home.run(['init', '--runtime', 'embedded'])).exitCode).toBe(0);
  expect((await home.run(['hooks', 'install', 'claude-code'])).exitCode).toBe(0);
  script = join(home.home, '.local/share/agent-monitor/hooks/hook.sh');
}, 120_000);
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await monitor[Symbol.asyncDispose]();
});

/** Fires one hook of an agent as a command. @returns what it printed, and how it ended. */
function fire(agent: number, index: number): Promise<{ output: string; exitCode: number | null }> {
  const input = {
    session_id: `agent-${agent}`,
    cwd: home.home,
    hook_event_name: index % 2 === 0 ? 'PreToolUse' : 'PostToolUse',
    tool_name: 'Bash',
    tool_input: { command: `echo ${index}` },
    tool_use_id: `toolu_${agent}_${Math.floor(index / 2)}`,
    ...(index % 2 === 0 ? {} : { tool_response: { stdout: 'x'.repeat(index % 500) }, duration_ms: index }),
  };
  const child: ChildProcess = spawn('/bin/sh', [script, 'claude-code'], { stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  child.stdin?.end(JSON.stringify(input));
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ output, exitCode })));
}

interface SeenEvent {
  readonly event: { readonly type: string; readonly ts: string };
  readonly correlation: { readonly session_id: string; readonly span_id: string };
}

describe('command hooks of twenty agents while the bridge is stopped', () => {
  it('print nothing, fail at nothing, and arrive once and in order afterwards', async () => {
    const each = FIRINGS / AGENTS;
    await Promise.all(
      Array.from({ length: AGENTS }, async (_, agent) => {
        // An agent fires one hook after the other.
        for (let index = 0; index < each; index += 1) {
          expect(await fire(agent, index)).toEqual({ output: '', exitCode: 0 });
        }
      }),
    );
    const spool = join(home.home, '.local/state/agent-monitor/spool/hooks');
    expect((await readdir(spool)).length).toBeGreaterThan(0);
    expect(await readdir(join(home.home, '.local/share/agent-monitor/hooks'))).not.toContain(
      'last-problem.txt',
    );
    const up = await home.run(['up']);
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    const usage = async () => {
      const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/usage?by=project`);
      return ((await response.json()) as { total: { tool_calls: number; sessions: number } }).total;
    };
    await waitUntil(usage, ({ tool_calls }) => tool_calls >= FIRINGS / 2);
    expect(await usage()).toMatchObject({ tool_calls: FIRINGS / 2, sessions: AGENTS });
    const response = await fetch(
      `http://127.0.0.1:${home.ports.ui}/v1/events?limit=1000&framework=claude-code`,
    );
    const { events } = (await response.json()) as { events: SeenEvent[] };
    const bySession = Map.groupBy(events, ({ correlation }) => correlation.session_id);
    for (const own of bySession.values()) {
      // The newest comes first.
      const told = own.toReversed().map(({ event, correlation }) => `${correlation.span_id} ${event.type}`);
      expect(told).toEqual(told.toSorted((a, b) => Number(a.split(/[_ ]/)[2]) - Number(b.split(/[_ ]/)[2])));
      const times = own.map(({ event }) => Date.parse(event.ts));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
    await waitUntil(
      async () => (await readdir(spool)).filter((name) => name.endsWith('.jsonl')),
      (left) => left.length === 0,
    );
  }, 1_800_000);
});
