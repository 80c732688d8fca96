import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeEnv, ensureClaudeCode } from '../helpers/claude-code.ts';
import { startModelApi } from '../helpers/model-api.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
  runProgram,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
  await ensureClaudeCode();
}, 300_000);
afterAll(() => monitor[Symbol.asyncDispose]());

interface Envelope {
  readonly event: { readonly type: string };
  readonly correlation: { readonly session_id: string };
  readonly payload: Readonly<Record<string, unknown>>;
}

async function eventsOf(home: MonitorHome, type: string): Promise<Envelope[]> {
  const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/events?event_type=${type}`);
  return ((await response.json()) as { events: Envelope[] }).events;
}

/** Some session that the bridge knows. */
async function makeSession(home: MonitorHome): Promise<string> {
  const event = (id: string, type: string, payload: object) => ({
    schema: { name: 'agentmon.event', version: 1 },
    event: { id, type, ts: new Date().toISOString(), source: { framework: 'my-agent', host: 'box' } },
    correlation: { session_id: 'session-1', run_id: 'run-1' },
    attributes: { project: 'shop', agent: 'a' },
    payload,
  });
  const response = await fetch(`http://127.0.0.1:${home.ports.ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      event('1', 'run.start', {}),
      event('2', 'run.end', {
        status: 'success',
        usage: { input_tokens: 7, output_tokens: 3, total_cost: 0.01 },
      }),
    ]),
  });
  expect(response.status).toBe(202);
  await waitUntil(
    () => home.json<{ sessions: unknown[] }>(['session', 'list']),
    ({ data }) => data.sessions.length === 1,
  );
  return 'session-1';
}

async function connect(home: MonitorHome, args: readonly string[] = []): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [monitor.program, 'mcp', ...args],
      env: { PATH: process.env.PATH ?? '', HOME: home.home },
    }),
  );
  return client;
}

describe('monitor mcp', () => {
  it("lists and calls every tool through the SDK's client", async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded', '--no-import']);
    const session = await makeSession(home);
    const client = await connect(home, ['--session', session]);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'end_task',
      'get_limits',
      'get_session',
      'get_usage',
      'give_feedback',
      'list_sessions',
      'report_confidence',
      'report_decision',
      'report_progress',
      'start_task',
    ]);
    const call = async (name: string, args: Record<string, unknown> = {}) => {
      const result = await client.callTool({ name, arguments: args });
      expect(result.isError, JSON.stringify(result.content)).toBeFalsy();
      return result.structuredContent as Record<string, unknown>;
    };
    expect(await call('report_progress', { note: 'half way', percent: 50 })).toEqual({
      recorded: true,
      session_id: session,
    });
    await call('report_decision', { note: 'use a map', reason: 'order matters', confidence: 0.8 });
    await call('report_confidence', { confidence: 0.9 });
    const { task_id } = await call('start_task', { name: 'AUTH-123' });
    await call('end_task', { task_id, status: 'success' });
    await call('give_feedback', { score: 4, note: 'went well' });
    expect(await call('get_session')).toMatchObject({
      session: { session_id: session, cost_micro_usd: 10_000 },
    });
    expect(await call('get_limits')).toMatchObject({ rules: { mode: 'observe' }, load: { tokens: 10 } });
    expect(await call('list_sessions', { project: 'shop' })).toMatchObject({
      sessions: [{ session_id: session }],
    });
    expect(await call('get_usage')).toMatchObject({ total: { input_tokens: 7 } });
    const [progress] = await eventsOf(home, 'agent.progress');
    expect(progress).toMatchObject({
      correlation: { session_id: session },
      payload: { note: 'half way', percent: 50, untrusted: true },
    });
    await client.close();
  });

  it('refuses to guess which session is meant, and says how to name it', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded', '--no-import']);
    const client = await connect(home);
    const result = await client.callTool({ name: 'report_progress', arguments: { note: 'x' } });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('pass session_id');
    expect(await eventsOf(home, 'agent.progress')).toEqual([]);
    await client.close();
  });

  it('is called by real Claude Code, and finds the session by its hook', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('history: {import: none, follow: false}\n');
    await home.run(['up', '--runtime', 'embedded']);
    await using api = await startModelApi();
    const installed = await home.run(['hooks', 'install', 'claude-code', '--yes']);
    expect(installed.exitCode, installed.stderr).toBe(0);
    const server = { command: process.execPath, args: [monitor.program, 'mcp'], env: { HOME: home.home } };
    const config = JSON.stringify({ mcpServers: { monitor: server } });
    const tool = 'mcp__monitor__report_progress';
    const run = await runProgram(
      await ensureClaudeCode(),
      [
        '-p',
        `[call ${tool} {"note": "half way"}]`,
        ...['--mcp-config', config, '--allowedTools', tool, '--output-format', 'json'],
      ],
      { env: claudeEnv(home.home, api.url), cwd: home.home, timeoutMs: 100_000 },
    );
    expect(run.exitCode, run.stderr).toBe(0);
    const { session_id } = JSON.parse(run.stdout) as { session_id: string };
    const [progress] = await waitUntil(
      () => eventsOf(home, 'agent.progress'),
      (events) => events.length === 1,
    );
    expect(progress).toMatchObject({ correlation: { session_id }, payload: { note: 'half way' } });
  });

  it('takes a score of a person as well', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded', '--no-import']);
    const session = await makeSession(home);
    expect((await home.run(['rate', session, '4', '--note', 'fine'])).stdout).toContain('4 of 5');
    expect(await eventsOf(home, 'feedback')).toMatchObject([
      { payload: { score: 4, scale: 5, feedback_source: 'person', note: 'fine' } },
    ]);
    expect((await home.run(['rate', session, '9'])).exitCode).toBe(2);
    expect((await home.run(['rate', 'none', '3'])).exitCode).toBe(1);
  });
});
