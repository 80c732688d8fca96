import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureCodex, readRollouts, runCodex } from '../helpers/codex.ts';
import { type CodexTruth, codexTruth } from '../helpers/codex-truth.ts';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
} from '../helpers/monitor.ts';
import { startResponsesApi } from '../helpers/responses-api.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
beforeAll(async () => {
  monitor = await installMonitor();
  await ensureCodex();
}, 300_000);
afterAll(() => monitor[Symbol.asyncDispose]());

interface Usage {
  readonly rows: readonly (CodexTruth & { readonly key: Record<string, string>; readonly errors: number })[];
  readonly total: CodexTruth;
}

async function usage(home: MonitorHome, by = 'project,agent'): Promise<Usage> {
  return (await home.json<Usage>(['usage', '--by', by])).data;
}

interface Environment {
  readonly environment: Record<string, string>;
  readonly command_arguments: readonly string[];
}

describe('monitor env codex', () => {
  it.each(['auto', 'always'])(
    'makes real Codex report exactly what it used, with tokens: %s',
    async (tokens) => {
      await using home = await createMonitorHome(monitor);
      await home.writeSettings(`tokens: ${tokens}\nhistory: {import: none, follow: false}\n`);
      await home.run(['up', '--runtime', 'embedded']);
      const { data } = await home.json<Environment>([
        ...['env', 'codex', '--project', 'a shop, mine', '--agent-name', 'alice=1'],
      ]);
      await using api = await startResponsesApi();
      const run = await runCodex({
        home: join(home.home, 'agent'),
        cwd: join(home.home, 'agent/work'),
        args: ['[tools 2] and [fail]'],
        modelUrl: api.url,
        options: data.command_arguments,
        env: data.environment,
      });
      expect(run.exitCode, run.stderr).toBe(0);
      const truth = codexTruth(api.calls);
      const told = await waitUntil(
        () => usage(home),
        ({ total }) => total.tool_calls === truth.tool_calls && total.output_tokens === truth.output_tokens,
      );
      expect(told.rows).toMatchObject([
        { key: { project: 'a shop, mine', agent: 'alice=1' }, errors: 1, ...truth },
      ]);
    },
  );
});

describe('monitor import codex', () => {
  it('takes in what was never sent, whole files and again, each fact once', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('history: {import: none, follow: false}\n');
    await using api = await startResponsesApi({ errors: [400] });
    const options = { home: home.home, cwd: join(home.home, 'work'), modelUrl: api.url };
    const failed = await runCodex({ ...options, args: ['[tools 1] refused by the model API'] });
    expect(failed.exitCode).not.toBe(0);
    await runCodex({ ...options, args: ['resume', failed.threadId, '[tools 1] [fail]'] });
    await runCodex({ ...options, args: ['fork', failed.threadId, '[parallel 2]'] });
    await runCodex({ ...options, args: ['[agent]'] });
    const truth = codexTruth(api.calls);
    expect(truth).toMatchObject({ sessions: 4, runs: 5, tool_calls: 7 });

    await home.run(['up', '--runtime', 'embedded']);
    expect((await usage(home)).total).toMatchObject({ sessions: 0, tool_calls: 0 });
    const others = await home.run(['import', 'claude-code']);
    expect(others.stdout).toContain('Took in 0 of 0 transcripts');
    const imported = await home.run(['import', 'codex']);
    expect(imported.stdout, imported.stderr).toContain('Took in 4 of 4 transcripts');
    expect((await usage(home)).total).toMatchObject(truth);

    const [first] = await readRollouts(home.home);
    const copy = join(home.home, 'rollout-copy.jsonl');
    await copyFile(join(home.home, '.codex/sessions', first?.path ?? ''), copy);
    await home.run(['import', 'codex', '--path', copy]);
    await home.run(['import']);
    expect((await usage(home)).total).toMatchObject(truth);
  });

  it('changes nothing of what telemetry and the followed transcripts told', async () => {
    await using home = await createMonitorHome(monitor);
    await home.run(['up', '--runtime', 'embedded']);
    const { data } = await home.json<Environment>(['env', 'codex', '--project', 'demo']);
    await using api = await startResponsesApi();
    const options = {
      home: home.home,
      cwd: join(home.home, 'work'),
      modelUrl: api.url,
      options: data.command_arguments,
      env: data.environment,
    };
    await Promise.all(['[tools 1] a', '[agent] b'].map((prompt) => runCodex({ ...options, args: [prompt] })));
    const truth = codexTruth(api.calls);
    const isWhole = ({ total }: Usage): boolean =>
      total.tool_calls === truth.tool_calls && total.output_tokens === truth.output_tokens;
    await waitUntil(() => usage(home), isWhole);
    await home.run(['import', 'codex']);
    const after = await usage(home, 'project');
    expect(after.total).toMatchObject(truth);
    expect(after.rows.map(({ key }) => key.project)).toEqual(['demo']);
  });
});

describe('what Codex says', () => {
  it('is not kept where settings do not allow it', async () => {
    await using home = await createMonitorHome(monitor);
    await home.writeSettings('privacy: {file_paths: false}\n');
    await home.run(['up', '--runtime', 'embedded']);
    const { data } = await home.json<Environment>(['env', 'codex', '--project', 'demo']);
    await using api = await startResponsesApi();
    const canaries = ['canary-prompt', 'canary-argument', 'canary-output', 'canary-folder'];
    const run = await runCodex({
      home: home.home,
      cwd: join(home.home, 'canary-folder'),
      modelUrl: api.url,
      args: ['canary-prompt [bash echo canary-argument >&2; printf "canary-%s" output]'],
      // A sender that exports everything.
      options: [...data.command_arguments, '-c', 'otel.log_user_prompt=true'],
      env: data.environment,
    });
    expect(run.exitCode, run.stderr).toBe(0);
    const truth = codexTruth(api.calls);
    await waitUntil(
      () => usage(home),
      ({ total }) => total.tool_calls === truth.tool_calls && total.output_tokens === truth.output_tokens,
    );
    const path = join(home.home, '.local/share/agent-monitor/bridge/journal.db');
    using journal = new DatabaseSync(path, { readOnly: true });
    const tables = journal.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const kept = tables
      .flatMap(({ name }) => journal.prepare(`SELECT * FROM "${String(name)}"`).all())
      .flatMap((row) => Object.values(row))
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n');
    expect(kept).toContain('exec_command');
    for (const canary of canaries) expect(kept.includes(canary), canary).toBe(false);
  });
});
