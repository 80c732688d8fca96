/**
 * Draws each dashboard with what the workload of test/stack/dashboards.test.ts gives, as SVG: `node test/helpers/draw-dashboards.ts`.
 * Layout, titles, queries and values are the real ones; how a panel looks is not Grafana's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWorkload, SLOT_MS } from './agent-workload.ts';
import { dashboards, fillIn, type PanelJson, type PanelQuery, panelQueries } from './dashboard-queries.ts';
import { startLoki, startPrometheus } from './engines.ts';
import { machineRounds, SAMPLE_MS } from './machine-workload.ts';
import { askNow, askRecords, askSeries, type QueryTarget } from './query-engines.ts';
import { liveThrough, post } from './virtual-bridge.ts';

const PICTURES = new URL('../../dashboards/pictures/', import.meta.url);
/** Three hours in graphs of 36 steps. */
const SLOTS = 36;
const COLUMN = 50;
const ROW = 30;
const COLOURS = ['#3274d9', '#ff780a', '#8f3bb8', '#37872d', '#e0b400', '#c4162a', '#56a64b', '#1f60c4'];

const startMs = Math.floor(Date.now() / SLOT_MS) * SLOT_MS - SLOTS * SLOT_MS;
const toMs = startMs + SLOTS * SLOT_MS - 30_000;
const range = { fromMs: toMs - SLOTS * SLOT_MS, toMs, stepMs: SLOT_MS };

/** A query with what the stores answered. */
interface Answered {
  readonly query: PanelQuery;
  readonly now: ReadonlyMap<string, number>;
  readonly series: ReadonlyMap<string, readonly (number | null)[]>;
  readonly lines: readonly string[];
}

function text(x: number, y: number, words: string, size = 11, more = ''): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-size="${size}" ${more}>${safe}</text>`;
}

/** As many letters as fit. */
function cut(words: string, width: number, size = 11): string {
  const letters = Math.max(1, Math.floor(width / (size * 0.56)));
  return words.length <= letters ? words : `${words.slice(0, letters - 1)}…`;
}

function inUnit(value: number, unit: string | undefined): string {
  const short = (number: number): string =>
    new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 }).format(number);
  switch (unit) {
    case 'currencyUSD':
      return `$${value.toFixed(2)}`;
    case 'percentunit':
      return `${(value * 100).toFixed(1)} %`;
    case 's':
      return value > 120 ? `${(value / 60).toFixed(1)} min` : `${value.toFixed(2)} s`;
    case 'ms':
      return value > 60_000 ? `${(value / 60_000).toFixed(1)} min` : `${Math.round(value)} ms`;
    case 'bytes':
      return `${(value / 2 ** 30).toFixed(1)} GiB`;
    case 'dateTimeFromNow':
      return `${Math.max(0, Math.round((toMs - value) / 60_000))} min ago`;
    case 'dateTimeAsLocal':
    case 'dateTimeAsLocalNoDateIfToday':
      return new Date(value).toISOString().slice(11, 16);
    default:
      return short(value);
  }
}

/** Labels of a key as words. */
function valuesOf(key: string): string {
  return key
    .split(', ')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
    .join(' / ');
}

function unitOf({ fieldConfig }: PanelJson): string | undefined {
  return fieldConfig?.defaults.unit;
}

function drawStat(panel: PanelJson, answers: readonly Answered[], width: number, height: number): string {
  const values = answers.flatMap(({ query, now }) => {
    const legend = String(
      (query.panel.targets ?? []).find(({ refId }) => refId === query.refId)?.legendFormat ?? '',
    );
    return [...now].map(([key, value]) => ({
      name: key === '' ? legend : valuesOf(key),
      value: inUnit(value, unitOf(panel)),
    }));
  });
  if (values.length === 0)
    return text(8, height / 2 + 14, panel.fieldConfig?.defaults.noValue ?? '', 12, 'fill="#777"');
  const each = (width - 16) / values.length;
  return values
    .map(({ name, value }, index) => {
      const x = 8 + index * each;
      return `${text(x, height / 2 + 20, cut(value, each, 20), 20, 'fill="#37872d"')}${text(x, height / 2 + 38, cut(name, each))}`;
    })
    .join('');
}

function drawRanking(panel: PanelJson, answers: readonly Answered[], width: number, height: number): string {
  const rows = answers
    .flatMap(({ now }) => [...now])
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, Math.floor((height - 34) / 20));
  if (rows.length === 0) return text(8, 50, panel.fieldConfig?.defaults.noValue ?? '', 12, 'fill="#777"');
  const largest = Math.max(...rows.map(([, value]) => value), Number(panel.fieldConfig?.defaults.max ?? 0));
  return rows
    .map(([key, value], index) => {
      const y = 34 + index * 20;
      const bar = Math.max(1, ((width - 16) * value) / largest);
      return `<rect x="8" y="${y}" width="${bar.toFixed(1)}" height="16" fill="#3274d9" opacity="0.45"/>${text(12, y + 12, cut(`${valuesOf(key)}  ${inUnit(value, unitOf(panel))}`, width - 20))}`;
    })
    .join('');
}

function labelsOf(key: string): Record<string, string> {
  return Object.fromEntries(key.split(', ').map((pair) => pair.split(/=(.*)/s)));
}

function drawTable(panel: PanelJson, answers: readonly Answered[], width: number, height: number): string {
  const organize = (panel.transformations ?? []).find(({ id }) => id === 'organize') as
    | { options: { renameByName: Record<string, string>; excludeByName: Record<string, boolean> } }
    | undefined;
  const { renameByName = {}, excludeByName = {} } = organize?.options ?? {};
  const titles = Object.entries(renameByName);
  const keys = titles.filter(([name]) => !name.startsWith('Value #'));
  const columns = titles.filter(([name]) => name.startsWith('Value #') && excludeByName[name] !== true);
  const found = answers.flatMap(({ query, now }) =>
    [...now].map(([key, value]) => ({ refId: query.refId, labels: labelsOf(key), value })),
  );
  // Rows are one where they have the same in what all of them have.
  const shared = keys.map(([name]) => name).filter((name) => found.every(({ labels }) => name in labels));
  const rows = new Map<string, { labels: Record<string, string>; values: Map<string, number> }>();
  for (const { refId, labels, value } of found) {
    const key = JSON.stringify(shared.map((name) => labels[name]));
    const row = rows.get(key) ?? { labels: {}, values: new Map<string, number>() };
    Object.assign(row.labels, labels);
    row.values.set(refId, value);
    rows.set(key, row);
  }
  if (rows.size === 0) return text(8, 50, panel.fieldConfig?.defaults.noValue ?? '', 12, 'fill="#777"');
  const unit = (title: string): string | undefined =>
    panel.fieldConfig?.overrides
      .find(({ matcher }) => matcher.options === title)
      ?.properties.find(({ id }) => id === 'unit')?.value as string | undefined;
  const each = (width - 16) / (keys.length + columns.length);
  const [sorting] = (panel.options?.sortBy ?? []) as { displayName: string; desc: boolean }[];
  const sorted = titles.find(([, title]) => title === sorting?.displayName)?.[0] ?? '';
  const rank = ({ labels, values }: { labels: Record<string, string>; values: Map<string, number> }) =>
    sorted.startsWith('Value #') ? (values.get(sorted.slice('Value #'.length)) ?? 0) : (labels[sorted] ?? '');
  const order = [...rows.values()].toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  if (sorting?.desc === true) order.reverse();
  const cells = order.slice(0, Math.floor((height - 52) / 18)).map(({ labels, values }) => [
    ...keys.map(([label]) => labels[label] ?? ''),
    ...columns.map(([name, title]) => {
      const value = values.get(name.slice('Value #'.length));
      return value === undefined ? '' : inUnit(value, unit(title));
    }),
  ]);
  const line = (y: number, words: readonly string[], more = ''): string =>
    words.map((word, index) => text(8 + index * each, y, cut(word, each - 6), 11, more)).join('');
  const heading = [...keys, ...columns].map(([, title]) => title);
  return `${line(42, heading, 'font-weight="bold"')}${cells.map((row, index) => line(62 + index * 18, row)).join('')}`;
}

function drawGraph(panel: PanelJson, answers: readonly Answered[], width: number, height: number): string {
  const series = answers.flatMap(({ series }) => [...series]).slice(0, 12);
  if (series.length === 0) return text(8, 50, panel.fieldConfig?.defaults.noValue ?? '', 12, 'fill="#777"');
  const isLanes =
    panel.type === 'state-timeline' || panel.type === 'status-history' || panel.type === 'heatmap';
  const plot = height - 56;
  const largest = Math.max(...series.flatMap(([, values]) => values.map((value) => value ?? 0)), 1e-9);
  const x = (index: number): number => 8 + ((width - 16) * index) / SLOTS;
  const step = (width - 16) / SLOTS;
  const shapes = series.map(([, values], number) => {
    const colour = COLOURS[number % COLOURS.length];
    if (isLanes) {
      const lane = plot / series.length;
      return values
        .map((value, index) =>
          value === null || value === 0
            ? ''
            : `<rect x="${x(index).toFixed(1)}" y="${(30 + number * lane).toFixed(1)}" width="${step.toFixed(1)}" height="${(lane * 0.8).toFixed(1)}" fill="${colour}" opacity="${(0.3 + (0.7 * value) / largest).toFixed(2)}"/>`,
        )
        .join('');
    }
    const points = values.flatMap((value, index) =>
      value === null ? [] : [`${x(index).toFixed(1)},${(30 + plot - (plot * value) / largest).toFixed(1)}`],
    );
    // A single point is a dot.
    return `<polyline points="${[points[0], ...points].join(' ')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linecap="round"/>`;
  });
  const legend = series.map(([key]) => valuesOf(key)).join('  ·  ');
  return `${shapes.join('')}${text(8, height - 10, cut(`${legend}   max ${inUnit(largest, unitOf(panel))}`, width - 16, 10), 10)}`;
}

function drawLines(panel: PanelJson, answers: readonly Answered[], width: number, height: number): string {
  const lines = answers.flatMap((answer) => answer.lines).slice(0, Math.floor((height - 40) / 16));
  if (lines.length === 0)
    return text(8, 50, panel.fieldConfig?.defaults.noValue ?? 'None', 12, 'fill="#777"');
  return lines
    .map((line, index) => text(8, 44 + index * 16, cut(line, width - 16), 11, 'font-family="monospace"'))
    .join('');
}

function drawPanel(panel: PanelJson, answers: readonly Answered[]): string {
  const { x, y, w, h } = panel.gridPos;
  if (panel.type === 'row') return text(x * COLUMN + 6, y * ROW + 20, panel.title, 14, 'font-weight="bold"');
  const width = w * COLUMN - 6;
  const height = h * ROW - 6;
  const draw =
    panel.type === 'stat'
      ? drawStat
      : panel.type === 'bargauge'
        ? drawRanking
        : panel.type === 'table'
          ? drawTable
          : panel.type === 'logs'
            ? drawLines
            : drawGraph;
  return `<g transform="translate(${x * COLUMN + 3},${y * ROW + 3})"><rect width="${width}" height="${height}" rx="3" fill="#fff" stroke="#d8d9da"/>${text(8, 18, cut(panel.title, width - 16, 12), 12, 'font-weight="bold"')}${draw(panel, answers, width, height)}</g>`;
}

/** The timeline is drawn for one session. */
const ONE_SESSION = { session: ['past-1-9'] };

const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-pictures-'));
const workload = makeWorkload({
  startMs,
  slots: [...Array(SLOTS).keys()],
  newToolFrom: 30,
  name: 'past',
  pace: 1,
});
const output = liveThrough({
  path: join(folder, 'journal.db'),
  events: workload.events,
  startMs,
  endMs: startMs + SLOTS * SLOT_MS,
  absences: [],
  rounds: machineRounds,
  sampleMs: SAMPLE_MS,
});
rmSync(folder, { recursive: true });
await using prometheus = await startPrometheus();
await using loki = await startLoki();
await post(`${prometheus.url}/api/v1/otlp/v1/metrics`, output.metrics);
await post(`${loki.url}/otlp/v1/logs`, output.logs);

/** End and length of what a panel asks for: it may have a time of its own, in UTC. */
function ownRange({ timeFrom, timeShift }: PanelJson): { atMs: number; rangeMs: number } {
  const atMs = timeShift === '1d' ? toMs - 86_400_000 : toMs;
  const date = new Date(atMs);
  switch (timeFrom) {
    case '1h':
      return { atMs, rangeMs: 3_600_000 };
    case 'now/d':
      return { atMs, rangeMs: atMs - date.setUTCHours(0, 0, 0, 0) };
    case 'now/M':
      return { atMs, rangeMs: atMs - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) };
    default:
      return { atMs, rangeMs: range.toMs - range.fromMs };
  }
}

async function answer(query: PanelQuery, selected: Record<string, readonly string[]>): Promise<Answered> {
  const target: QueryTarget = {
    api: query.store === 'loki' ? `${loki.url}/loki/api/v1` : `${prometheus.url}/api/v1`,
  };
  const { atMs, rangeMs } = ownRange(query.panel);
  const expr = fillIn(query.store, query.expr, { rangeMs, stepMs: range.stepMs, selected });
  const nothing = { query, now: new Map(), series: new Map(), lines: [] };
  if (query.kind === 'now') return { ...nothing, now: await askNow(target, expr, atMs) };
  if (query.kind === 'over time') {
    const found = await askSeries(target, expr, range);
    return { ...nothing, series: new Map([...found].map(([key, values]) => [key, inSteps(values)])) };
  }
  const records = await askRecords(target, expr, { ...range, limit: 100 });
  return { ...nothing, lines: records.map(({ line }) => line) };
}

/** Values by their steps; null = a gap. */
function inSteps(values: readonly { atMs: number; value: number }[]): (number | null)[] {
  const steps = new Array<number | null>(SLOTS + 1).fill(null);
  for (const { atMs, value } of values) {
    const index = Math.round((atMs - range.fromMs) / range.stepMs);
    if (index >= 0 && index <= SLOTS) steps[index] = value;
  }
  return steps;
}

mkdirSync(PICTURES, { recursive: true });
for (const [file, { panels, title }] of dashboards()) {
  const selected = file.startsWith('session-timeline') ? ONE_SESSION : {};
  const mine = panelQueries().filter(({ where }) => where.startsWith(`${file} `));
  const answers: Answered[] = [];
  for (const query of mine) answers.push(await answer(query, selected));
  const rows = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const drawn = panels.map((panel) =>
    drawPanel(
      panel,
      answers.filter(({ query }) => query.panel.id === panel.id),
    ),
  );
  const size = `width="${24 * COLUMN}" height="${rows * ROW + 30}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" fill="#222"><title>${title}</title><rect ${size} fill="#f4f5f5"/>${text(8, 20, title, 16, 'font-weight="bold"')}<g transform="translate(0,30)">${drawn.join('\n')}</g></svg>\n`;
  writeFileSync(new URL(file.replace('.json', '.svg'), PICTURES), svg);
}
