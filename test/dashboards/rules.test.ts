import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboards, type PanelJson, panelQueries } from '../helpers/dashboard-queries.ts';
import { parseLogql, parsePromql } from '../helpers/query-syntax.ts';

/** Panel types that ship with Grafana: nothing is downloaded. */
const BUILT_IN = [
  'stat',
  'timeseries',
  'table',
  'logs',
  'row',
  'bargauge',
  'heatmap',
  'state-timeline',
  'status-history',
  'traces',
  'text',
];
/** The one chain of variables, and nothing before it but the data sources. */
const CHAIN = ['project', 'agent', 'host', 'model', 'session'];
const TYPES_WITH_LEGEND = ['timeseries'];
/** Labels whose cells lead on. */
const LINKED = ['session_id', 'parent_session_id', 'child_session_id', 'host_name', 'trace_id'];

const all = [...dashboards()];

/** Every panel that is not the heading of a row. */
function panels(): [string, PanelJson][] {
  return all.flatMap(([file, { panels }]) =>
    panels
      .filter(({ type }) => type !== 'row')
      .map((panel): [string, PanelJson] => [`${file}: ${panel.title}`, panel]),
  );
}

describe('every dashboard', () => {
  it('has a stable address, a title, a description and the tag that lists it', () => {
    expect(new Set(all.map(([, { uid }]) => uid)).size).toBe(all.length);
    for (const [file, { uid, title, description, tags }] of all) {
      expect(uid).toBe(`agent-monitor-${file.replace('.json', '')}`);
      expect(uid.length).toBeLessThanOrEqual(40);
      expect(title).not.toBe('');
      expect(description).not.toBe('');
      expect(tags).toEqual(['agent-monitor']);
    }
  });

  it('cannot be edited in place, refreshes no faster than every 30 s, and links on with time and variables', () => {
    for (const [, { editable, refresh, links }] of all) {
      expect(editable).toBe(false);
      expect(Number(/^(\d+)s$/.exec(refresh)?.[1] ?? Number.NaN)).toBeGreaterThanOrEqual(30);
      expect(links).toEqual([
        expect.objectContaining({ type: 'dashboards', asDropdown: true, keepTime: true, includeVars: true }),
      ]);
    }
  });

  it('has its data sources as variables, starting as those of the generated stack', () => {
    for (const [, { templating }] of all) {
      const sources = templating.list.filter(({ type }) => type === 'datasource');
      expect(sources.map(({ name, query, current }) => [name, query, current])).toEqual([
        ['prometheus_datasource', 'prometheus', expect.objectContaining({ value: 'prometheus' })],
        ['loki_datasource', 'loki', expect.objectContaining({ value: 'loki' })],
        ['jaeger_datasource', 'jaeger', expect.objectContaining({ value: 'jaeger' })],
      ]);
    }
  });

  it('labels its data sources as dashboard-linter wants it', () => {
    for (const [, { templating }] of all) {
      const sources = templating.list.filter(({ type }) => type === 'datasource');
      const labels = ['Prometheus data source', 'Loki data source', 'Jaeger data source'];
      expect(sources.map(({ label }) => label)).toEqual(labels);
    }
  });

  it('has project, agent, host, model and session: several, All by default, filled anew with the range, in a chain', () => {
    for (const [, { templating }] of all) {
      const variables = templating.list.filter(({ type }) => type !== 'datasource');
      expect(variables.map(({ name }) => name)).toEqual(CHAIN);
      for (const [index, variable] of variables.entries()) {
        expect(variable).toMatchObject({
          type: 'query',
          multi: true,
          includeAll: true,
          allValue: '.*',
          refresh: 2,
          current: { value: ['$__all'] },
          datasource: { uid: `\${prometheus_datasource}` },
        });
        const used = [...variable.query.matchAll(/"\$(\w+)"/g)].map(([, name]) => name);
        // Sessions are told apart by no model.
        expect(used).toEqual(CHAIN.slice(0, Math.min(index, 3 + Number(variable.name === 'model'))));
      }
    }
  });

  it('has unique ids, and panels that neither overlap nor stick out of the grid', () => {
    for (const [, { panels }] of all) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const taken = new Map<string, string>();
      for (const { title, gridPos } of panels) {
        expect(Object.values(gridPos).filter((value) => !Number.isInteger(value))).toEqual([]);
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.get(`${x},${y}`), `below ${title}`).toBeUndefined();
            taken.set(`${x},${y}`, title);
          }
        }
      }
    }
  });

  it('marks commits and compactions, and more where the reader wants it: two at first', () => {
    for (const [, { annotations }] of all) {
      expect(annotations.list.filter(({ enable }) => enable).map(({ name }) => name)).toEqual([
        'Commits and pull requests',
        'Compactions',
      ]);
      for (const { datasource, target } of annotations.list) {
        const expr = target.expr.replaceAll(/\$\w+/g, '.*');
        const isOfEvents = datasource.uid === `\${loki_datasource}`;
        if (!isOfEvents) expect(datasource.uid).toBe(`\${prometheus_datasource}`);
        expect((isOfEvents ? parseLogql(expr) : parsePromql(expr)).errors).toEqual([]);
      }
    }
  });

  it('names no machine and no address', () => {
    for (const [, dashboard] of all)
      expect(JSON.stringify(dashboard)).not.toMatch(/https?:\/\/|localhost|\d+\.\d+\.\d+\.\d+/);
  });
});

describe('every panel', () => {
  it.each(panels())('%s: says what it shows, where from, and what being empty means', (_, panel) => {
    expect(panel.title).not.toBe('');
    expect(panel.description).toMatch(/Source: /);
    expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
    expect(panel.fieldConfig?.defaults.noValue).toBeTruthy();
    expect(panel.targets).not.toEqual([]);
  });

  it.each(panels())('%s: is built in and asks its data source through the variable', (_, panel) => {
    expect(BUILT_IN).toContain(panel.type);
    for (const source of [panel.datasource, ...(panel.targets ?? []).map(({ datasource }) => datasource)]) {
      expect(source?.uid).toBe(`\${${source?.type}_datasource}`);
      expect(source?.type).toBe(panel.datasource?.type);
    }
  });

  it.each(panels())('%s: takes colours from the shared map', (_, panel) => {
    const shared = readFileSync(new URL('../../dashboards/grafana/colours.ts', import.meta.url), 'utf8');
    const used = [...JSON.stringify(panel.fieldConfig).matchAll(/"(?:fixedColor|color)":"([^"]+)"/g)];
    for (const [, colour] of used) {
      if (colour !== 'text') expect(shared).toContain(`'${colour}'`);
    }
  });

  it.each(panels().filter(([, { type }]) => type === 'table'))(
    '%s: leads on from every session, trace and host',
    (_, panel) => {
      const columns = JSON.stringify(panel.transformations);
      const overrides = JSON.stringify(panel.fieldConfig?.overrides);
      const linked = LINKED.filter((label) => columns.includes(`"${label}"`));
      const links = overrides.match(/"id":"links"/g) ?? [];
      expect(links.length).toBe(linked.length);
      for (const url of overrides.match(/"url":"[^"]+/g) ?? []) {
        expect(url).toMatch(/^"url":"\/(d|explore)/);
        const uid = /\/d\/([\w-]+)/.exec(url)?.[1];
        if (uid !== undefined) expect(all.map(([, dashboard]) => dashboard.uid)).toContain(uid);
      }
    },
  );

  it.each(panels().filter(([, { type }]) => TYPES_WITH_LEGEND.includes(type)))(
    '%s: has a legend that sums up',
    (_, panel) => {
      expect(panel.options?.legend).toMatchObject({
        showLegend: true,
        calcs: expect.arrayContaining([expect.stringMatching(/^(sum|lastNotNull)$/)]),
      });
    },
  );
});

describe('what dashboard-linter lets pass', () => {
  it('has a reason each, and no rule that is kept is among it', () => {
    const file = readFileSync(new URL('../../dashboards/.lint', import.meta.url), 'utf8');
    const waived = parse(file) as { exclusions: Record<string, { reason: string; entries?: unknown }> };
    expect(Object.keys(waived)).toEqual(['exclusions']);
    expect(Object.keys(waived.exclusions).toSorted()).toEqual([
      'target-instance-rule',
      'target-job-rule',
      'target-logql-auto-rule',
      'target-promql-rule',
      'template-instance-rule',
      'template-job-rule',
    ]);
    for (const { reason } of Object.values(waived.exclusions)) expect(reason.length).toBeGreaterThan(40);
  });

  it('is no rate over another window than $__rate_interval', () => {
    const rates = panelQueries().flatMap(({ expr }) => expr.match(/\bi?rate\([^)]*\)/g) ?? []);
    expect(rates.length).toBeGreaterThan(0);
    expect(rates.filter((rate) => !rate.includes('[$__rate_interval]'))).toEqual([]);
  });
});
