import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { ensureOpenClaw, runOpenClaw } from '../helpers/openclaw-cli.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  await home.writeSettings('history: {import: none, follow: false}\n');
  expect((await home.run(['up', '--runtime', 'embedded'])).exitCode).toBe(0);
  expect((await home.run(['hooks', 'install', 'openclaw'])).exitCode).toBe(0);
  await ensureOpenClaw();
}, 400_000);
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await monitor[Symbol.asyncDispose]();
});

interface SeenEvent {
  readonly event: { readonly type: string; readonly source: { readonly framework: string } };
  readonly correlation: { readonly session_id: string | null; readonly run_id: string | null };
  readonly payload: Record<string, unknown>;
}

async function events(): Promise<SeenEvent[]> {
  const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/events?limit=1000&framework=openclaw`);
  return ((await response.json()) as { events: SeenEvent[] }).events;
}

const SECRET = 'what people wrote';

describe('monitor hooks with the real OpenClaw', () => {
  it('is a hook folder that OpenClaw takes', async () => {
    const { exitCode, stdout, stderr } = await runOpenClaw(home.home, ['hooks', 'list', '--json']);
    expect(exitCode, stderr).toBe(0);
    const listed = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { hooks: Record<string, unknown>[] };
    const own = listed.hooks.find(({ name }) => name === 'agent-monitor');
    expect(own).toMatchObject({
      eligible: true,
      loadable: true,
      source: 'openclaw-managed',
      unknownEvents: [],
    });
    expect(own?.events).toHaveLength(10);
    expect((await runOpenClaw(home.home, ['hooks', 'check'])).stdout).toContain('Not ready: 0');
  }, 240_000);

  it('is a plugin that OpenClaw loads, with its hooks', async () => {
    expect((await runOpenClaw(home.home, ['plugins', 'enable', 'agent-monitor'])).exitCode).toBe(0);
    const inspected = await runOpenClaw(home.home, [
      'plugins',
      'inspect',
      'agent-monitor',
      '--runtime',
      '--json',
    ]);
    const { plugin, typedHooks } = JSON.parse(inspected.stdout.slice(inspected.stdout.indexOf('{'))) as {
      plugin: { status: string; imported: boolean };
      typedHooks: { name: string }[];
    };
    expect(plugin).toMatchObject({ status: 'loaded', imported: true });
    expect(typedHooks.map(({ name }) => name).sort()).toEqual([
      'after_tool_call',
      'before_tool_call',
      'model_call_ended',
      'session_end',
      'session_start',
      'subagent_ended',
      'subagent_spawned',
    ]);
  }, 240_000);

  it('has a handler that tells of every event, without a word of what was said', async () => {
    const handler = (await import(join(home.home, '.openclaw/hooks/agent-monitor/handler.js'))) as {
      default(event: object): Promise<void>;
    };
    const fire = (type: string, action: string, context: object = {}) =>
      handler.default({
        type,
        action,
        sessionKey: 'agent:main:main',
        timestamp: new Date(),
        messages: [],
        context,
      });
    await fire('gateway', 'startup', { cfg: { token: SECRET } });
    await fire('command', 'new', { cfg: { token: SECRET } });
    await fire('message', 'received', {
      content: SECRET,
      from: SECRET,
      messageId: 'm1',
      channelId: 'telegram',
    });
    await fire('session', 'compact:before', { sessionId: 'x', messageCountOriginal: 5 });
    await fire('session', 'compact:after', {
      sessionId: 'x',
      messageCountOriginal: 5,
      tokensBefore: 9,
      tokensAfter: 3,
    });
    await fire('message', 'sent', { content: SECRET, to: SECRET, success: true });
    await fire('brand', 'new', { text: SECRET });
    await fire('command', 'stop');
    await fire('gateway', 'shutdown', { reason: SECRET });
    const seen = await waitUntil(events, (found) => found.length >= 9);
    expect(seen.map(({ event }) => event.type).sort()).toEqual(
      [
        'agent.gateway_startup',
        'session.start',
        'run.start',
        'span.start',
        'span.end',
        'run.end',
        'agent.brand_new',
        'session.end',
        'agent.gateway_shutdown',
      ].sort(),
    );
    expect(JSON.stringify(seen)).not.toContain(SECRET);
    expect(seen.find(({ event }) => event.type === 'run.end')).toMatchObject({
      correlation: { session_id: 'agent:main:main', run_id: 'm1' },
    });
  }, 60_000);

  it('has a plugin that tells of tools', async () => {
    const plugin = (await import(join(home.home, '.openclaw/extensions/agent-monitor/index.js'))) as {
      default: { register(api: object): void };
    };
    const listeners = new Map<string, (event: object, context: object) => void>();
    plugin.default.register({
      on: (name: string, listener: (event: object, context: object) => void) => listeners.set(name, listener),
    });
    const context = { sessionKey: 'agent:main:tools' };
    const call = { toolName: 'exec', toolCallId: 'c1', params: { command: SECRET } };
    listeners.get('before_tool_call')?.(call, context);
    listeners.get('after_tool_call')?.({ ...call, result: SECRET, durationMs: 12 }, context);
    const own = async () =>
      (await events()).filter(({ correlation }) => correlation.session_id === 'agent:main:tools');
    const seen = await waitUntil(own, (found) => found.length === 2);
    expect(seen.find(({ event }) => event.type === 'span.end')?.payload).toMatchObject({
      tool_name: 'exec',
      duration_ms: 12,
      output_size_bytes: SECRET.length,
    });
  }, 60_000);

  it('lists what is installed and leaves nothing behind', async () => {
    const listed = await home.json<{ hooks: object[] }>(['hooks', 'list', 'openclaw']);
    expect(listed.data.hooks).toMatchObject([
      { installed: ['hook', 'plugin', 'skill'], missing: [], note: null },
    ]);
    expect((await home.run(['hooks', 'remove', 'openclaw'])).exitCode).toBe(0);
    for (const folder of ['hooks/agent-monitor', 'extensions/agent-monitor', 'skills/agent-observability']) {
      expect(existsSync(join(home.home, '.openclaw', folder))).toBe(false);
    }
  }, 60_000);
});
