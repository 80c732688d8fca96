import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDiff } from '../../../cli/output/render-diff.ts';

/** What patch(1) would make of it. */
function patched(before: string, diff: string): string[] {
  const lines = before === '' ? [] : before.split('\n');
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2)) {
    const hunk = /^@@ -(\d+)/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - 1;
      result.push(...lines.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      expect(lines[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) result.push(line.slice(1));
      at += 1;
    }
  }
  return [...result, ...lines.slice(at)];
}

describe('renderDiff()', () => {
  it('shows what is added with two lines around it', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', ''].join('\n');
    const after = ['a', 'b', 'c', 'NEW', 'd', 'e', 'f', ''].join('\n');
    expect(renderDiff('x.json', before, after)).toBe(
      ['--- x.json', '+++ x.json', '@@ -2,4 +2,5 @@', ' b', ' c', '+NEW', ' d', ' e'].join('\n'),
    );
  });

  it('names files that begin or end to exist', () => {
    expect(renderDiff('x', null, 'a\n')).toBe('--- /dev/null\n+++ x\n@@ -1,0 +1,1 @@\n+a');
    expect(renderDiff('x', 'a\n', null)).toBe('--- x\n+++ /dev/null\n@@ -1,1 +1,0 @@\n-a');
  });

  it('leads from one text to the other, whatever they are', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = renderDiff('x', before.join('\n'), after.join('\n'));
        expect(patched(before.join('\n'), diff)).toEqual(after);
      }),
    );
  });
});
