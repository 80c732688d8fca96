import { PanelBuilder as BarGaugePanelBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  HeatmapColorOptionsBuilder,
  PanelBuilder as HeatmapPanelBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StateTimelinePanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistoryPanelBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder as TimeSeriesPanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { FAILED, NEAR, WELL } from './colours.ts';
import { describe, type PanelText } from './panel-text.ts';
import { buckets, type Query } from './queries.ts';
import { MOST_STEPS, SHORTEST_STEP } from './steps.ts';
import type { Unit } from './units.ts';

/** Rows of a state timeline on one page: more are not readable. */
const ROWS_A_PAGE = 15;

/** Values from which on something is near its limit, and at it. */
export interface Limits {
  readonly near: number;
  readonly at: number;
}

/** Lines of what is measured, not counted: the legend has the last and the largest value. */
export function linesPanel(text: PanelText, ...queries: readonly Query[]): TimeSeriesPanelBuilder {
  return describe(new TimeSeriesPanelBuilder(), text, queries)
    .interval(SHORTEST_STEP)
    .maxDataPoints(MOST_STEPS)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new VizTooltipOptionsBuilder()
        .mode(TooltipDisplayMode.Multi)
        .sort(SortOrder.Descending)
        .hideZeros(true),
    );
}

/**
 * A histogram over time: how many of what it saw in each step lie in each bucket.
 * @param expr PromQL of `totalPerStep`, by `le`.
 * @param bucketUnit of what the histogram measures.
 */
export function heatmapPanel(text: PanelText, expr: string, bucketUnit: Unit): HeatmapPanelBuilder {
  return describe(new HeatmapPanelBuilder(), text, [buckets(expr)])
    .interval(SHORTEST_STEP)
    .maxDataPoints(MOST_STEPS)
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit(bucketUnit).axisPlacement(AxisPlacement.Left))
    .color(new HeatmapColorOptionsBuilder().scheme('Blues').steps(32).exponent(0.5))
    .showLegend();
}

/** One bar per value, each a share of 1, coloured by how near it is to its limit. */
export function sharesPanel(
  text: PanelText,
  limits: Limits,
  ...queries: readonly Query[]
): BarGaugePanelBuilder {
  return describe(new BarGaugePanelBuilder(), text, queries)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .min(0)
    .max(1)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(limits));
}

/** One bar per value, the largest first as the query sorts them: a ranking. */
export function rankingPanel(text: PanelText, ...queries: readonly Query[]): BarGaugePanelBuilder {
  return describe(new BarGaugePanelBuilder(), text, queries)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'));
}

/** What a value of a state means. */
export interface StateMeaning {
  readonly text: string;
  readonly color: string;
}

/** A band per series with its state over time. @param states what each value means */
export function statesPanel(
  text: PanelText,
  states: Readonly<Record<string, StateMeaning>>,
  ...queries: readonly Query[]
): StateTimelinePanelBuilder {
  return describe(new StateTimelinePanelBuilder(), text, queries)
    .interval(SHORTEST_STEP)
    .maxDataPoints(MOST_STEPS)
    .perPage(ROWS_A_PAGE)
    .mergeValues(true)
    .mappings([
      {
        type: 'value',
        options: Object.fromEntries(
          Object.entries(states).map(([value, meaning], index) => [value, { ...meaning, index }]),
        ),
      },
    ] as Parameters<StateTimelinePanelBuilder['mappings']>[0]);
}

/** A row per series with a cell per step, the fuller the nearer to its limit. */
export function historyPanel(
  text: PanelText,
  limits: Limits,
  ...queries: readonly Query[]
): StatusHistoryPanelBuilder {
  return describe(new StatusHistoryPanelBuilder(), text, queries)
    .interval(SHORTEST_STEP)
    .maxDataPoints(MOST_STEPS)
    .perPage(ROWS_A_PAGE)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(limits));
}

function thresholds({ near, at }: Limits): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: WELL },
    { value: near, color: NEAR },
    { value: at, color: FAILED },
  ]);
}
