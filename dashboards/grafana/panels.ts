import {
  BarAlignment,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsPanelBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { PanelBuilder as StatPanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesPanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { FAILED, sharedColours } from './colours.ts';
import { describe, type PanelText } from './panel-text.ts';
import { eventsOverTime, overTime, type Query, records } from './queries.ts';
import { MOST_STEPS, SHORTEST_STEP } from './steps.ts';
import { UNITS } from './units.ts';

/** One number, or a few that belong together and are told apart by their legends; `Failed` turns red above 0. */
export function statPanel(text: PanelText, ...queries: readonly Query[]): StatPanelBuilder {
  return describe(new StatPanelBuilder(), text, queries)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .textMode(queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('text'))
    .overrideByName('Failed', [
      { id: 'color', value: { mode: FieldColorModeId.Thresholds } },
      {
        id: 'thresholds',
        value: {
          mode: 'absolute',
          steps: [
            { value: null, color: 'text' },
            { value: 1, color: FAILED },
          ],
        },
      },
    ]);
}

/**
 * Bars of what happened in each step, stacked: parts of a whole. The legend has the sum of the bars shown.
 * @param expr PromQL of `totalPerStep`.
 */
export function barsPanel(text: PanelText, expr: string, legend: string): TimeSeriesPanelBuilder {
  return bars(text, overTime(expr, legend));
}

/** The same for LogQL that counts events per `$__auto`. */
export function eventBarsPanel(text: PanelText, expr: string, legend: string): TimeSeriesPanelBuilder {
  return bars(text, eventsOverTime(expr, legend));
}

function bars(text: PanelText, query: Query): TimeSeriesPanelBuilder {
  const panel = describe(new TimeSeriesPanelBuilder(), text, [query])
    .interval(SHORTEST_STEP)
    .maxDataPoints(MOST_STEPS)
    .drawStyle(GraphDrawStyle.Bars)
    // A step's value stands at its end.
    .barAlignment(BarAlignment.Before)
    .fillOpacity(80)
    .lineWidth(0)
    .min(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .calcs(['sum'])
        .sortBy('Total')
        .sortDesc(true),
    )
    .tooltip(
      new VizTooltipOptionsBuilder()
        .mode(TooltipDisplayMode.Multi)
        .sort(SortOrder.Descending)
        .hideZeros(true),
    );
  for (const { name, properties } of sharedColours()) panel.overrideByName(name, properties);
  return panel;
}

/** Log records, newest first. @param expr LogQL that selects them. */
export function recordsPanel(
  text: Omit<PanelText, 'unit'>,
  expr: string,
  maxLines: number,
): LogsPanelBuilder {
  return describe(new LogsPanelBuilder(), { ...text, unit: UNITS.text }, [records(expr, maxLines)])
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending);
}
