/** Lines around a change that are shown with it. */
const CONTEXT_LINES = 2;

type Step = { readonly sign: ' ' | '+' | '-'; readonly line: string };

/**
 * The difference of two texts as `diff -u` shows it, without times. Null = the file does not exist.
 * @param path what both are called in the heading
 */
export function renderDiff(path: string, before: string | null, after: string | null): string {
  const steps = compare(linesOf(before), linesOf(after));
  const shown = steps.map((_, index) =>
    steps
      .slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
      .some(({ sign }) => sign !== ' '),
  );
  const lines = [`--- ${before === null ? '/dev/null' : path}`, `+++ ${after === null ? '/dev/null' : path}`];
  let at = 0;
  while (at < steps.length) {
    if (shown[at] !== true) {
      at += 1;
      continue;
    }
    const end = shown.indexOf(false, at);
    const hunk = steps.slice(at, end < 0 ? undefined : end);
    const start = (signs: string): number =>
      steps.slice(0, at).filter(({ sign }) => signs.includes(sign)).length + 1;
    const count = (signs: string): number => hunk.filter(({ sign }) => signs.includes(sign)).length;
    lines.push(`@@ -${start(' -')},${count(' -')} +${start(' +')},${count(' +')} @@`);
    lines.push(...hunk.map(({ sign, line }) => `${sign}${line}`));
    at += hunk.length;
  }
  return lines.join('\n');
}

function linesOf(text: string | null): string[] {
  return text === null || text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The shortest way from one list to the other, by their longest common sequence. */
function compare(before: readonly string[], after: readonly string[]): Step[] {
  const common = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined)
        row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const steps: Step[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old = '', fresh = ''] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === fresh) {
      steps.push({ sign: ' ', line: old });
      i += 1;
      j += 1;
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      steps.push({ sign: '-', line: old });
      i += 1;
    } else {
      steps.push({ sign: '+', line: fresh });
      j += 1;
    }
  }
  return steps;
}
