import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, CommandContext, CommandResult } from '../../cli/command.ts';
import { CliError } from '../../cli/errors.ts';
import { createOutput } from '../../cli/output/output.ts';
import { runCommand } from '../../cli/run-command.ts';
import { resolvePaths } from '../../cli/settings/paths.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agent-monitor-run-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb that does this. */
async function ran(
  run: (context: CommandContext) => Promise<CommandResult>,
  { json = false, signal = new AbortController().signal } = {},
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const out = { write: (text: string) => (stdout += text) };
  const err = { write: (text: string) => (stderr += text) };
  const context: CommandContext = {
    globals: { json, quiet: false, verbose: false, yes: false, interactive: false, timeoutMs: null },
    output: createOutput({
      stdout: out,
      stderr: err,
      json,
      quiet: false,
      verbose: false,
      stdoutColors: false,
      stderrColors: false,
    }),
    env: {},
    cwd: home,
    stdin: Readable.from([]),
    paths: resolvePaths({ env: { AGENT_MONITOR_HOME: home }, userHome: home, accountHome: home, cwd: home }),
    packageFiles: {
      bridgeProgram: '',
      vmSampler: '',
      hookSender: '',
      hooksDir: '',
      templatesDir: '',
      version: '1.0.0',
    },
    version: '1.0.0',
    signal,
    onSignal: () => ({ [Symbol.dispose]: () => undefined }),
    loadSettings: () => Promise.reject(new Error('no settings here')),
    confirm: async () => false,
  };
  const describeProgram = async () => ({ name: 'monitor', summary: '', options: [], verbs: [] });
  const command: Command = { name: 'x', summary: '', examples: [], run: (_input, given) => run(given) };
  const parsed = { verb: ['session', 'x'], command, input: { args: [], options: {}, describeProgram } };
  return { exitCode: await runCommand(parsed, context, out, err), stdout, stderr };
}

describe('runCommand()', () => {
  it('prints text for people and one document for programs', async () => {
    const run = async () => ({ data: { n: 1 }, text: 'one' });
    expect(await ran(run)).toEqual({ exitCode: 0, stdout: 'one\n', stderr: '' });
    const { stdout } = await ran(run, { json: true });
    expect(JSON.parse(stdout)).toEqual({
      schema: 'agent-monitor.session.x/1',
      ok: true,
      code: null,
      message: null,
      fix: [],
      data: { n: 1 },
    });
  });

  it('tells a failure with its remedy, as a document too', async () => {
    const run = () =>
      Promise.reject(
        new CliError('PORT_IN_USE', 'Cannot start x', {
          fix: ['do y'],
          details: ['a line'],
          data: { port: 1 },
        }),
      );
    expect(await ran(run)).toEqual({
      exitCode: 7,
      stdout: '',
      stderr: 'error: Cannot start x\n  a line\n  fix: do y\n',
    });
    const asJson = await ran(run, { json: true });
    expect(asJson.exitCode).toBe(7);
    expect(asJson.stderr).toBe('');
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      ok: false,
      code: 'PORT_IN_USE',
      message: 'Cannot start x',
      fix: ['do y'],
      data: { port: 1 },
    });
  });

  it('prints what is known and still fails where something is not well', async () => {
    const result = { data: { parts: [] }, text: 'a table', failure: new CliError('DEGRADED', 'not well') };
    expect(await ran(async () => result)).toEqual({
      exitCode: 4,
      stdout: 'a table\n',
      stderr: 'error: not well\n',
    });
    const { stdout } = await ran(async () => result, { json: true });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'DEGRADED', data: { parts: [] } });
  });

  it('prints one object a line for a stream, and no document after it', async () => {
    const run = async ({ output }: CommandContext) => {
      output.item({ n: 1 }, 'one');
      output.item({ n: 2 }, 'two');
      return { data: undefined, text: null };
    };
    expect((await ran(run)).stdout).toBe('one\ntwo\n');
    expect((await ran(run, { json: true })).stdout).toBe('{"n":1}\n{"n":2}\n');
  });

  it('writes a report of a bug and says where', async () => {
    const { exitCode, stderr } = await ran(() => Promise.reject(new TypeError('x is not a function')));
    expect(exitCode).toBe(70);
    const [report] = await readdir(join(home, 'state/logs'));
    expect(stderr).toContain(join(home, 'state/logs', report ?? '?'));
  });

  it('ends with the signal that interrupted it, whatever failed because of that', async () => {
    const controller = new AbortController();
    const run = async () => {
      controller.abort(new CliError('INTERRUPTED', 'Interrupted'));
      throw new Error('the connection was closed');
    };
    expect(await ran(run, { signal: controller.signal })).toEqual({ exitCode: 130, stdout: '', stderr: '' });
  });

  it("passes another program's exit code through", async () => {
    expect((await ran(async () => ({ data: null, text: null, exitCode: 42 }))).exitCode).toBe(42);
  });
});
