import { describe, expect, it } from 'vitest';
import { createColors, wantsColors } from '../../../cli/output/colors.ts';
import { createOutput, type OutputOptions } from '../../../cli/output/output.ts';
import { renderTable } from '../../../cli/output/render-table.ts';

function recorded(options: Partial<OutputOptions> & { readonly isTTY?: boolean } = {}) {
  const said = { stdout: '', stderr: '' };
  const { isTTY = false, ...rest } = options;
  const output = createOutput({
    stdout: { write: (text) => (said.stdout += text), columns: undefined },
    stderr: { write: (text) => (said.stderr += text), isTTY, columns: 20 },
    json: false,
    quiet: false,
    verbose: false,
    stdoutColors: false,
    stderrColors: false,
    ...rest,
  });
  return { output, said };
}

describe('createOutput()', () => {
  it('keeps stdout for data', () => {
    const { output, said } = recorded();
    output.info('working');
    output.warn('careful');
    output.item({}, 'data');
    expect(said).toEqual({ stdout: 'data\n', stderr: 'working\nwarning: careful\n' });
  });

  it('says less with --quiet and more with --verbose', () => {
    const quiet = recorded({ quiet: true });
    quiet.output.info('working');
    quiet.output.detail('closely');
    quiet.output.warn('careful');
    expect(quiet.said.stderr).toBe('warning: careful\n');
    const verbose = recorded({ verbose: true });
    verbose.output.detail('closely');
    expect(verbose.said.stderr).toBe('closely\n');
  });

  it('draws over its own line on a terminal, cut to its width, and nowhere else', () => {
    const terminal = recorded({ isTTY: true });
    terminal.output.live('a line that is longer than the terminal');
    terminal.output.info('done');
    expect(terminal.said.stderr).toBe('\r\u001b[2Ka line that is lon…\r\u001b[2Kdone\n');
    const file = recorded();
    file.output.live('a line');
    expect(file.said.stderr).toBe('');
  });
});

describe('wantsColors()', () => {
  const on = { mode: 'auto', env: {}, isTerminal: true } as const;

  it('goes by the flag, NO_COLOR, FORCE_COLOR, TERM and the terminal, in this order', () => {
    expect(wantsColors(on)).toBe(true);
    expect(wantsColors({ ...on, isTerminal: false })).toBe(false);
    expect(wantsColors({ ...on, env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).toBe(false);
    expect(wantsColors({ ...on, env: { NO_COLOR: '' } })).toBe(true);
    expect(wantsColors({ ...on, env: { FORCE_COLOR: '1' }, isTerminal: false })).toBe(true);
    expect(wantsColors({ ...on, env: { FORCE_COLOR: '0' } })).toBe(false);
    expect(wantsColors({ ...on, env: { TERM: 'dumb' } })).toBe(false);
    expect(wantsColors({ ...on, env: { NO_COLOR: '1' }, mode: 'always' })).toBe(true);
    expect(wantsColors({ ...on, mode: 'never' })).toBe(false);
  });
});

describe('renderTable()', () => {
  it('aligns columns, numbers to the right, whatever colours cells have', () => {
    const { green } = createColors(true);
    const text = renderTable(
      [{ title: 'PART' }, { title: 'N', align: 'right' }, { title: 'NOTE' }],
      [
        [green('a'), '1', ''],
        ['longer', '1000', 'x'],
      ],
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what colours start with
    expect(text.replace(/\u001b\[\d+m/g, '').split('\n')).toEqual([
      'PART       N  NOTE',
      'a          1',
      'longer  1000  x',
    ]);
  });
});
