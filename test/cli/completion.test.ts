import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { renderCompletion } from '../../cli/completion/render-completion.ts';
import type { VerbTree } from '../../cli/completion/verb-tree.ts';
import { parseArguments } from '../../cli/program.ts';

/** The real program's verbs and options. */
async function describeProgram(): Promise<VerbTree> {
  const parsed = await parseArguments(['completion', 'bash'], COMMANDS, '1.0.0');
  if (parsed.kind === 'text') throw new Error(parsed.text);
  return parsed.parsed.input.describeProgram();
}

/** What bash offers for the last of these words. */
function complete(script: string, ...words: string[]): string[] {
  const quoted = ['monitor', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${script}
    COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _monitor; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split('\n');
}

describe('completion in bash', () => {
  it('offers verbs, verbs below verbs, and the options of where one is', async () => {
    const script = renderCompletion('bash', await describeProgram());
    expect(complete(script, 'se')).toEqual(['session']);
    expect(complete(script, 'session', '').slice(0, 2)).toEqual(['list', 'show']);
    expect(complete(script, 'usage', '--b')).toEqual(['--by']);
    expect(complete(script, '--json', 'dead-letters', 'r')).toEqual(['retry']);
    expect(complete(script, 'session', 'list', '--js')).toEqual(['--json']);
    expect(complete(script, 'usage', '--nothing')).toEqual(['']);
  });
});

describe('every script', () => {
  it.each(['bash', 'zsh', 'fish'] as const)('for %s knows every verb of the program', async (shell) => {
    const program = await describeProgram();
    const script = renderCompletion(shell, program);
    expect(program.verbs.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name));
    for (const { name, verbs } of program.verbs) {
      expect(script).toContain(name);
      for (const below of verbs) expect(script).toContain(` ${name} ${below.name}`);
    }
  });
});
