import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeEnv, ensureClaudeCode } from '../helpers/claude-code.ts';
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
});
afterAll(() => monitor[Symbol.asyncDispose]());

interface Envelope {
  readonly event: { readonly type: string; readonly source: { readonly framework: string } };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Events of a type, oldest first, once there are so many. */
async function eventsOf(home: MonitorHome, type: string, count: number): Promise<Envelope[]> {
  const read = async (): Promise<Envelope[]> => {
    const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/events?event_type=${type}`);
    return ((await response.json()) as { events: Envelope[] }).events.reverse();
  };
  return waitUntil(read, (events) => events.length >= count);
}

describe('monitor run', () => {
  it('passes output, input and exit codes through, and says 125 to 127 as a shell does', async () => {
    await using home = await createMonitorHome(monitor);
    const passed = await home.run(['run', '--', 'sh', '-c', 'cat; echo err >&2; exit 3'], {
      input: Buffer.from('hello'),
    });
    expect(passed).toMatchObject({ exitCode: 3, stdout: 'hello', stderr: 'err\n' });
    const missing = await home.run(['run', '--', 'no-such-program']);
    expect([missing.exitCode, missing.stderr]).toEqual([127, expect.stringContaining('no such program')]);
    expect((await home.run(['run', '--project', '', '--', 'true'])).exitCode).toBe(125);
    // Another message: two commits of one second that say the same are the same commit.
    const remade =
      'rm -rf .git && git init -q . && git -c user.name=a -c user.email=a@b.c commit -qm y --allow-empty; exit 3';
    execFileSync('git', ['init', '-q', home.home]);
    execFileSync('git', [
      '-C',
      home.home,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b.c',
      'commit',
      '-qm',
      'x',
      '--allow-empty',
    ]);
    const lost = await home.run(['run', '--', 'sh', '-c', remade]);
    expect([lost.exitCode, lost.stderr]).toEqual([3, expect.stringContaining('cannot tell what changed')]);
    writeFileSync(join(home.home, 'plain'), 'text');
    expect((await home.run(['run', '--', './plain'])).exitCode).toBe(126);
    const refused = await home.run(['run', '--max-duration', 'soon', '--', 'true']);
    expect(refused.exitCode).toBe(125);
    expect(refused.stderr).toContain('"soon"');
  });

  it('passes signals on, and ends what takes too long', async () => {
    await using home = await createMonitorHome(monitor);
    const script = 'trap "echo told; exit 7" TERM; echo ready; while :; do sleep 0.1; done';
    const signalled = await home.run(['run', '--', 'sh', '-c', script], {
      onStart: (child) => {
        child.stdout?.on('data', (chunk: Buffer) => {
          if (chunk.includes('ready')) child.kill('SIGTERM');
        });
      },
    });
    expect(signalled).toMatchObject({ exitCode: 7, stdout: 'ready\ntold\n' });
    const ended = await home.run(['run', '--max-duration', '1s', '--', 'sleep', '60']);
    expect(ended.exitCode).toBe(143);
    expect(ended.stderr).toContain('longer than --max-duration');
  });

  it('keeps what it has to tell until there is a bridge: what, how long, how it ended and which files it changed', async () => {
    await using home = await createMonitorHome(monitor);
    const repository = join(home.home, 'shop');
    mkdirSync(repository);
    const git = (...args: string[]): void => {
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { cwd: repository });
    };
    git('init', '-q', '-b', 'main');
    writeFileSync(join(repository, 'a'), '1\n');
    git('add', '.');
    git('commit', '-qm', 'first');
    const script = 'printf "1\\n2\\n" > a; echo x > new; echo 12345; exit 3';
    const run = await home.run(['run', '--task', 'AUTH-123', '--json', '--', 'sh', '-c', script], {
      cwd: repository,
    });
    expect(JSON.parse(run.stdout)).toMatchObject({
      schema: 'agent-monitor.run/1',
      data: { name: 'AUTH-123', exit_code: 3, output_size_bytes: 6, files_changed: 2, lines_added: 2 },
    });
    expect(run.exitCode).toBe(3);

    await home.run(['up', '--runtime', 'embedded']);
    const [start] = await eventsOf(home, 'task.start', 1);
    const [end] = await eventsOf(home, 'task.end', 1);
    expect(start).toMatchObject({
      attributes: { project: 'shop' },
      payload: { name: 'AUTH-123', task_type: 'run', branch: 'main', files_changed_before: 0 },
    });
    expect(end).toMatchObject({
      payload: {
        task_id: start?.payload.task_id,
        status: 'failure',
        exit_code: 3,
        output_size_bytes: 6,
        files_changed: 2,
        changed_files: ['a', 'new'],
        lines_added: 2,
        lines_removed: 0,
        commits: 0,
      },
    });
  });

  it('ends a task that is over a limit which is enforced, and only records it otherwise', async () => {
    const program = await ensureClaudeCode();
    for (const mode of ['observe', 'enforce'] as const) {
      await using home = await createMonitorHome(monitor);
      await home.writeSettings(
        `history: {import: none, follow: false}\ntelemetry: {log_interval: 500ms}\nguardrails: {mode: ${mode}, max_tokens_per_task: 1}\n`,
      );
      await home.run(['up', '--runtime', 'embedded']);
      await using api = await startModelApi();
      const run = await home.run(
        ['run', '--', program, '-p', '[tools 1] [bash sleep 20]', '--allowedTools', 'Bash'],
        { env: claudeEnv(home.home, api.url), timeoutMs: 100_000 },
      );
      const [violation] = await eventsOf(home, 'guardrail.violation', 1);
      const [end] = await eventsOf(home, 'task.end', 1);
      expect(violation).toMatchObject({
        event: { source: { framework: 'claude-code' } },
        attributes: { task_id: end?.payload.task_id },
        payload: { rule: 'max_tokens_per_task', mode, limit: 1 },
      });
      if (mode === 'enforce') {
        expect(run.stderr).toContain('guardrail');
        expect(end?.payload).toMatchObject({
          status: 'failure',
          stop_reason: expect.stringContaining('max_tokens_per_task'),
        });
      } else {
        expect(run.exitCode).toBe(0);
        expect(end?.payload).toMatchObject({ status: 'success', exit_code: 0 });
      }
    }
  });
});
