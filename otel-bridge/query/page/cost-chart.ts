import { formatUsd } from './format.ts';
import { type Html, html } from './html.ts';
import { renderTable } from './table.ts';

/** Cost of one day; null = nothing of it has a known price. */
export interface DayCost {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly costNanoUsd: number | null;
}

const HEIGHT = 160;
const STEP = 20;
const GAP = 4;
/** A day with any cost at all is visible. */
const MIN_BAR = 2;

/** Bars of cost per day, oldest first; the last one is today. The same figures stand in a table below. */
export function renderCostChart(days: readonly DayCost[]): Html {
  const highest = Math.max(...days.map(({ costNanoUsd }) => costNanoUsd ?? 0), 0);
  const first = days[0]?.date ?? '';
  const middle = days[Math.floor(days.length / 2)]?.date ?? '';
  const bars = days.map(({ date, costNanoUsd }, index) => {
    const cost = costNanoUsd ?? 0;
    const height = cost === 0 ? 0 : Math.max(MIN_BAR, (cost / highest) * HEIGHT);
    const x = index * STEP;
    const top = (HEIGHT - height).toFixed(1);
    return html`<g class="${index === days.length - 1 ? 'today' : ''}"><title>${date}: ${formatUsd(costNanoUsd)}</title>
<rect class="hit" x="${x}" y="0" width="${STEP}" height="${HEIGHT}"/>
<rect class="bar" x="${x + GAP / 2}" y="${top}" width="${STEP - GAP}" height="${height.toFixed(1)}"/></g>
`;
  });
  const width = days.length * STEP;
  return html`<figure>
<div class="axis"><span>highest day ${formatUsd(highest)}</span></div>
<svg viewBox="0 0 ${width} ${HEIGHT + 1}" preserveAspectRatio="none" role="img" aria-label="Cost by day, ${days.length} days to today; the highest is ${formatUsd(highest)}. The figures are in the table below.">
${bars}<line x1="0" x2="${width}" y1="${HEIGHT + 0.5}" y2="${HEIGHT + 0.5}"/>
</svg>
<div class="axis" aria-hidden="true"><span>${first}</span><span>${middle}</span><span>today</span></div>
</figure>
<details id="cost-figures"><summary>Figures</summary>
${renderTable(
  'Cost by day',
  [
    { title: 'Day', kind: 'fixed', cell: ({ date }: DayCost) => date },
    { title: 'Cost', kind: 'number', cell: ({ costNanoUsd }) => formatUsd(costNanoUsd) },
  ],
  [...days].reverse(),
  'No day',
)}
</details>`;
}
