import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureClaudeCode, readTranscripts, runClaude } from '../helpers/claude-code.ts';
import { startModelApi } from '../helpers/model-api.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
  await ensureClaudeCode();
}, 300_000);
afterAll(() => monitor[Symbol.asyncDispose]());

interface Violation {
  readonly payload: Readonly<Record<string, unknown>>;
}

async function violations(home: MonitorHome, count: number): Promise<Violation[]> {
  const read = async (): Promise<Violation[]> => {
    const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/guardrails`);
    return ((await response.json()) as { violations: Violation[] }).violations;
  };
  return waitUntil(read, (found) => found.length >= count);
}

const DENY = '{commands: ["touch"], paths: ["~/.ssh"]}';

describe('guardrails with real Claude Code', () => {
  it('stop a call before it runs, tell the agent why, notify and record it', async () => {
    await using home = await createMonitorHome(monitor);
    const told = join(home.home, 'told');
    await home.writeSettings(
      [
        'history: {import: none, follow: false}',
        `guardrails: {mode: enforce, deny: ${DENY}}`,
        `notify: [{command: ${JSON.stringify(`write() { echo "$1" >> ${told}; }; write`)}}]`,
      ].join('\n'),
    );
    const up = await home.run(['up', '--runtime', 'embedded']);
    expect(up.exitCode, up.stderr).toBe(0);
    await home.run(['hooks', 'install', 'claude-code', '--yes']);
    await using api = await startModelApi();
    const work = join(home.home, 'work');
    const run = await runClaude({
      prompt: `[bash bash -c "touch ${work}/denied"] [bash echo fine > ${work}/allowed]`,
      home: home.home,
      cwd: work,
      modelUrl: api.url,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(existsSync(join(work, 'denied'))).toBe(false);
    expect(await readFile(join(work, 'allowed'), 'utf8')).toBe('fine\n');
    const [transcript] = await readTranscripts(home.home);
    expect(transcript?.text).toContain('agent-monitor guardrail');
    expect(await violations(home, 1)).toMatchObject([
      {
        payload: { rule: 'deny.commands', action: 'denied', mode: 'enforce', tool_name: 'Bash', list: true },
      },
    ]);
    await waitUntil(
      () => existsSync(told),
      (exists) => exists,
    );
    expect(await readFile(told, 'utf8')).toContain('Guardrail denied: deny.commands');
  });

  it('only record it where rules are observed', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings(
      `history: {import: none, follow: false}\nguardrails: {mode: observe, deny: ${DENY}, projects: {other: {mode: enforce}}}\n`,
    );
    await home.run(['up', '--runtime', 'embedded']);
    await home.run(['hooks', 'install', 'claude-code', '--yes']);
    await using api = await startModelApi();
    const work = join(home.home, 'work');
    await runClaude({
      prompt: `[bash touch ${work}/observed]`,
      home: home.home,
      cwd: work,
      modelUrl: api.url,
    });
    expect(existsSync(join(work, 'observed'))).toBe(true);
    expect(await violations(home, 1)).toMatchObject([
      { payload: { rule: 'deny.commands', action: 'observed', mode: 'observe' } },
    ]);
    // Without its hooks nothing can be held against the rules.
    await rm(join(home.home, '.claude', 'settings.json'));
    expect((await violations(home, 2)).map(({ payload }) => payload.rule)).toContain('hooks.removed');
  });

  it('let calls through while the bridge is away, or refuse them where settings say so', async () => {
    for (const unreachable of ['allow', 'deny'] as const) {
      await using home = await createMonitorHome(monitor);
      await home.writeSettings(
        `history: {import: 1d}\nguardrails: {mode: enforce, deny: ${DENY}, on_unreachable: ${unreachable}}\n`,
      );
      await home.run(['up', '--runtime', 'embedded']);
      await home.run(['hooks', 'install', 'claude-code', '--yes']);
      await home.run(['down']);
      await using api = await startModelApi();
      const work = join(home.home, 'work');
      await runClaude({
        prompt: `[bash echo fine > ${work}/done]`,
        home: home.home,
        cwd: work,
        modelUrl: api.url,
      });
      expect(existsSync(join(work, 'done')), unreachable).toBe(unreachable === 'allow');
      if (unreachable === 'deny') continue;
      // That nobody was asked is recorded afterwards, from the transcript.
      await home.run(['up']);
      expect(await violations(home, 1)).toMatchObject([
        { payload: { rule: 'unasked', action: 'observed', mode: 'enforce', list: true } },
      ]);
    }
  });
});
