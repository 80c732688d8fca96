import type { Bound, Row, Skipped } from './benchmark.ts';
import type { Spread } from './measure/statistics.ts';

const HEAD =
  '| what | median (min to max) | reference | ratio (min to max) | at least | aim | |\n|---|---|---|---|---|---|---|';

/** The table of all rows, in Markdown. */
export function renderTable(rows: readonly (Row | Skipped)[]): string {
  const lines = rows.map((row) => ('skipped' in row ? renderSkipped(row) : renderRow(row)));
  const notes = rows.flatMap((row) =>
    'note' in row && row.note !== undefined ? [`- ${row.what}: ${row.note}`] : [],
  );
  return [HEAD, ...lines, ...(notes.length === 0 ? [] : ['', ...notes])].join('\n');
}

function renderRow({ what, value, unit, reference, ratio, bound }: Row): string {
  return cells(
    what,
    renderSpread(value, (number) => `${renderNumber(number)}${unit}`),
    reference === undefined
      ? ''
      : `${reference.name}: ${renderSpread(reference.value, (number) => `${renderNumber(number)}${unit}`)}`,
    ratio === undefined ? '' : renderSpread(ratio, (number) => `${number.toFixed(2)}x`),
    bound === undefined ? '' : renderLimit(bound, bound.atLeast, unit),
    bound?.aim === undefined ? '' : renderLimit(bound, bound.aim, unit),
    bound === undefined ? '' : verdict(bound, bound.of === 'ratio' ? ratio : value),
  );
}

function renderSkipped({ what, skipped }: Skipped): string {
  return cells(what, `not measured: ${skipped}`, '', '', '', '', '');
}

function cells(...values: readonly string[]): string {
  return `| ${values.join(' | ')} |`;
}

function renderSpread({ median, min, max }: Spread, render: (number: number) => string): string {
  return min === max ? render(median) : `${render(median)} (${render(min)} to ${render(max)})`;
}

function renderNumber(number: number): string {
  if (Math.abs(number) >= 1000) return Math.round(number).toLocaleString('en-US');
  return Math.abs(number) >= 100 ? number.toFixed(0) : number.toFixed(2);
}

function renderLimit({ of, better }: Bound, limit: number, unit: string): string {
  return `${better === 'lower' ? 'at most ' : ''}${limit}${of === 'ratio' ? 'x' : unit}`;
}

/** By the median: single windows of a machine that others use as well tell little. */
function verdict({ better, atLeast, aim }: Bound, spread: Spread | undefined): string {
  if (spread === undefined) return '';
  const meets = (limit: number): boolean =>
    better === 'higher' ? spread.median >= limit : spread.median <= limit;
  if (aim !== undefined && meets(aim)) return 'aim met';
  return meets(atLeast) ? 'met' : 'MISSED';
}
