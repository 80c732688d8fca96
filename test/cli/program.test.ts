import { describe, expect, it } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { COMMANDS, type CommandEntry } from '../../cli/commands/index.ts';
import { CliError } from '../../cli/errors.ts';
import { parseArguments } from '../../cli/program.ts';

const run = async () => ({ data: null, text: null });

const list: Command = {
  name: 'list',
  summary: 'list things',
  examples: ['monitor thing list --since 1h'],
  declare: (commander) => void commander.option('--since <when>', 'from when'),
  run,
};

const thing: Command = {
  name: 'thing',
  summary: 'does things',
  examples: ['monitor thing list'],
  declare: (commander) => void commander.argument('[what]', 'which thing').option('--port <n>', 'a port'),
  subcommands: [list],
  run,
};

const entries: readonly CommandEntry[] = [
  { name: 'thing', summary: thing.summary, load: async () => thing },
  {
    name: 'other',
    summary: 'is never loaded',
    load: () => Promise.reject(new Error('loaded without need')),
  },
];

const parse = (...argv: string[]) => parseArguments(argv, entries, '1.2.3');

async function usageError(...argv: string[]): Promise<CliError> {
  const error: unknown = await parse(...argv).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError) return error;
  throw new Error(`expected a CliError, got ${String(error)}`);
}

describe('parseArguments()', () => {
  it('takes global options before and behind the verb', async () => {
    for (const argv of [
      ['--json', 'thing', 'x', '--port', '1'],
      ['thing', 'x', '--port', '1', '--json'],
    ]) {
      expect(await parse(...argv)).toMatchObject({
        kind: 'command',
        parsed: { verb: ['thing'], input: { args: ['x'], options: { port: '1' } } },
        globals: { json: true, color: 'auto', input: true },
      });
    }
  });

  it('finds the verb below a verb', async () => {
    expect(await parse('thing', 'list', '--since', '2h')).toMatchObject({
      parsed: { verb: ['thing', 'list'], input: { options: { since: '2h' } } },
    });
  });

  it('leaves what follows -- to the verb', async () => {
    expect(await parse('thing', '--', '--json')).toMatchObject({
      parsed: { input: { args: ['--json'] } },
      globals: {},
    });
  });

  it('prints help, examples first, without loading other verbs', async () => {
    const help = await parse('thing', '--help');
    expect(help).toMatchObject({
      kind: 'text',
      text: expect.stringMatching(/^Examples:\n {2}monitor thing list/),
    });
    expect(await parse('help', 'thing', 'list')).toMatchObject({
      text: expect.stringContaining('monitor thing list --since 1h'),
    });
    for (const argv of [[], ['--help'], ['help']]) {
      expect(await parse(...argv)).toMatchObject({
        kind: 'text',
        text: expect.stringContaining('Exit codes'),
      });
    }
    expect(await parse('--version')).toEqual({ kind: 'text', text: '1.2.3' });
  });

  it('refuses what it does not know and proposes what is near', async () => {
    expect(await usageError('thnig')).toMatchObject({
      code: 'USAGE',
      message: "unknown command 'thnig' (Did you mean thing?)",
    });
    expect((await usageError('thing', '--prot', '1')).message).toContain('Did you mean --port?');
    expect((await usageError('thing', '--color', 'pink')).message).toContain('Allowed choices');
    expect((await usageError('thing', 'list', '--since')).message).toContain('argument missing');
  });
});

describe('the verbs', () => {
  it.each(COMMANDS.map((entry) => [entry.name, entry] as const))(
    '%s says about itself what the list says, and has examples',
    async (name, entry) => {
      const command = await entry.load();
      expect(command).toMatchObject({ name, summary: entry.summary });
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(example).toContain(`monitor ${name}`);
    },
  );
});
