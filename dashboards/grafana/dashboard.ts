import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type GridPos,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { annotations } from './annotations.ts';
import { datasourceVariable } from './datasources.ts';
import { variables } from './variables.ts';

/** Columns of Grafana's grid. */
const GRID_WIDTH = 24;
/** Every dashboard of ours has it; the list of dashboards in each goes by it. */
const TAG = 'agent-monitor';

/** A panel that can be placed. */
interface PlaceablePanel extends Builder<Panel> {
  gridPos(gridPos: GridPos): this;
}

/** Panels side by side, equally wide but for a column. */
export interface Band {
  /** In units of Grafana's grid (30 pixels and a gap). */
  readonly height: number;
  readonly panels: readonly PlaceablePanel[];
}

/** Bands under a heading that folds them. */
export interface Section {
  /** Of the heading; unique among the ids of headings and panels. */
  readonly id: number;
  readonly title: string;
  readonly bands: readonly Band[];
}

/** What a dashboard is. */
export interface DashboardDefinition {
  /** Part of its address: never changed. */
  readonly uid: string;
  /** The question that it answers. */
  readonly title: string;
  readonly description: string;
  readonly sections: readonly Section[];
}

/** A dashboard with the variables, links and behaviour that all have. */
export function dashboard({ uid, title, description, sections }: DashboardDefinition): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('30s')
    .variables([
      datasourceVariable('prometheus'),
      datasourceVariable('loki'),
      datasourceVariable('jaeger'),
      ...variables(),
    ])
    .annotations(annotations())
    .link(
      new DashboardLinkBuilder('Agent monitor')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  let y = 0;
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title).id(section.id).gridPos({ x: 0, y, w: GRID_WIDTH, h: 1 }));
    y += 1;
    for (const { height, panels } of section.bands) {
      // The grid has whole columns alone.
      const edge = (index: number): number => Math.floor((index * GRID_WIDTH) / panels.length);
      for (const [index, panel] of panels.entries()) {
        const x = edge(index);
        builder.withPanel(panel.gridPos({ x, y, w: edge(index + 1) - x, h: height }));
      }
      y += height;
    }
  }
  return builder;
}
