import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { FAILED, WELL } from './colours.ts';
import { type Band, dashboard } from './dashboard.ts';
import { linesPanel, sharesPanel, statesPanel } from './graph-panels.ts';
import { MACHINE_LIMITS } from './limits.ts';
import { ownRate, ownTotal } from './own-totals.ts';
import { statPanel } from './panels.ts';
import { overTime, valueNow } from './queries.ts';
import { ownSeries, series } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { UNITS } from './units.ts';

const NO_VARIABLES = 'The variables do not apply.';
const OWN = `Source: what the part says of itself. ${NO_VARIABLES}`;
const NO_BRIDGE = 'No data: the bridge or the Collector is down, see "monitor status"';

function verdict(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Parts that do not answer, now',
          description: `Parts that Prometheus looks at and that did not answer: agents is the Collector's door for agents' own metrics. Source: scrapes of Prometheus. ${NO_VARIABLES} Empty when Prometheus looks at nothing.`,
          unit: UNITS.count,
          noValue: 'Nothing is looked at',
        },
        valueNow('sum (1 - up)', 'Failed'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Events taken, in range',
          description: `Events that are durable in the bridge's journal. ${OWN} Empty when nothing was sent, or the Collector is away.`,
          unit: UNITS.count,
          noValue: NO_BRIDGE,
        },
        valueNow(ownTotal(ownSeries('bridge_events_accepted_total')), 'Events'),
      ),
      statPanel(
        {
          id: 3,
          title: 'Events refused, in range',
          description: `Events and records that the bridge refused: wrong form, wrong token, too much at once. ${OWN} Empty is good news.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(ownTotal(ownSeries('bridge_events_rejected_total')), 'Failed'),
      ),
      statPanel(
        {
          id: 4,
          title: 'Records that wait for a target, now',
          description: `Records in the bridge's outbox that a target has not taken. A few are normal; many that stay mean that the target is away, and nothing is lost. ${OWN} Empty while the bridge cannot be heard.`,
          unit: UNITS.count,
          noValue: NO_BRIDGE,
        },
        valueNow('sum (bridge_delivery_lag)', 'Records'),
      ),
      statPanel(
        {
          id: 5,
          title: 'Dead letters, now',
          description: `Records that a target refused for good; "monitor status" says why. ${OWN} Empty while the bridge cannot be heard.`,
          unit: UNITS.count,
          noValue: NO_BRIDGE,
        },
        valueNow('sum (bridge_dead_letters)', 'Failed'),
      ),
      statPanel(
        {
          id: 6,
          title: 'Records that the Collector or Loki refused, in range',
          description: `Records that the Collector refused, most often since a store did, and lines that Loki discarded; the bridge sends its own again, and each try counts. ${OWN} 0 while the Collector is not looked at: see the first panel.`,
          unit: UNITS.count,
          noValue: 'None',
        },
        valueNow(REFUSALS.map((name) => `(${ownTotal(ownSeries(name))} or vector(0))`).join(' + '), 'Failed'),
      ),
    ],
  };
}

/** The Collector refuses what it cannot pass on, so this has what a store refused as well. */
const REFUSALS = [
  'otelcol_receiver_refused_spans',
  'otelcol_receiver_refused_metric_points',
  'otelcol_receiver_refused_log_records',
  'loki_discarded_samples_total',
];

function freshness(): Band {
  const by = 'project, agent, host_name';
  const newest = `max by (${by}) (last_over_time(${series('agent_last_event_time_seconds')}[$__range]))`;
  return {
    height: 9,
    panels: [
      tablePanel(
        {
          id: 7,
          title: 'Newest event of each agent, at the end of the range',
          description:
            'When each agent of the last 30 days was last heard: the one figure that shows telemetry that silently stopped. Source: gauge of the bridge, by event time. The variables Model and Session do not apply. Empty when no agent has sent anything in the range.',
          noValue: 'No agent was heard: "monitor env AGENT" says how to connect one',
        },
        {
          keys: { project: 'Project', agent: 'Agent', host_name: 'Host' },
          columns: [
            { title: 'Silent for', expr: `time() - ${newest}`, unit: UNITS.duration },
            // Grafana's ages are in milliseconds.
            { title: 'Last event', expr: `1000 * ${newest}`, unit: UNITS.age },
          ],
          sortBy: 'Silent for',
        },
      ),
      statesPanel(
        {
          id: 8,
          title: 'Whether each part answered, over time',
          description: `One band per part that Prometheus looks at. Source: scrapes of Prometheus. ${NO_VARIABLES} A gap means that Prometheus itself was away. Empty when it looks at nothing.`,
          unit: UNITS.count,
          noValue: 'Nothing is looked at',
        },
        { 0: { text: 'down', color: FAILED }, 1: { text: 'up', color: WELL } },
        overTime('min by (job) (up)', '{{job}}'),
      ),
    ],
  };
}

function flow(): Band[] {
  return [
    {
      height: 8,
      panels: [
        linesPanel(
          {
            id: 9,
            title: 'Events taken per second, by origin',
            description: `What the bridge made durable, by the way it came. ${OWN} Empty when nothing was sent.`,
            unit: UNITS.perSecond,
            noValue: 'No event in this range',
          },
          overTime(
            ownRate(ownSeries('bridge_events_accepted_total'), 'bridge_event_origin'),
            '{{bridge_event_origin}}',
          ),
        ),
        linesPanel(
          {
            id: 10,
            title: 'Events refused per second, by source and reason',
            description: `What the bridge refused, by where it came in and why. ${OWN} Empty is good news.`,
            unit: UNITS.perSecond,
            noValue: 'Nothing was refused in this range',
          },
          overTime(
            ownRate(ownSeries('bridge_events_rejected_total'), 'bridge_source', 'bridge_rejection'),
            '{{bridge_source}}: {{bridge_rejection}}',
          ),
        ),
      ],
    },
    {
      height: 8,
      panels: [
        linesPanel(
          {
            id: 11,
            title: 'Records that wait, by target and lane',
            description: `How far each target is behind the bridge's outbox. ${OWN} Empty while the bridge cannot be heard.`,
            unit: UNITS.count,
            noValue: NO_BRIDGE,
          },
          overTime(
            'max by (bridge_target, bridge_lane) (bridge_delivery_lag)',
            '{{bridge_target}} {{bridge_lane}}',
          ),
        ),
        linesPanel(
          {
            id: 12,
            title: 'Requests to targets per second, by outcome',
            description: `What targets answered to the bridge. ${OWN} Empty when nothing was delivered.`,
            unit: UNITS.perSecond,
            noValue: 'Nothing was delivered in this range',
          },
          overTime(
            ownRate(ownSeries('bridge_delivery_requests_total'), 'bridge_target', 'bridge_outcome'),
            '{{bridge_target}}: {{bridge_outcome}}',
          ),
        ),
        linesPanel(
          {
            id: 13,
            title: 'Events and facts that wait in the bridge',
            description: `Events that are durable and not projected, and facts that are not counted yet: both go back to about 0 in seconds. ${OWN} Empty while the bridge cannot be heard.`,
            unit: UNITS.count,
            noValue: NO_BRIDGE,
          },
          overTime('max (bridge_projection_lag)', 'events not projected'),
          overTime('max (bridge_facts_pending)', 'facts not counted'),
        ),
      ],
    },
  ];
}

function stores(): Band[] {
  return [
    {
      height: 8,
      panels: [
        linesPanel(
          {
            id: 14,
            title: 'Size of stores on disk',
            description: `The bridge's journal, and Prometheus' blocks and log ahead of them. ${OWN} Loki tells no size. Empty while both cannot be heard.`,
            unit: UNITS.sizeBytes,
            noValue: 'Neither the bridge nor Prometheus tells its size',
          },
          overTime('max (bridge_journal_size_bytes)', 'journal'),
          overTime('sum (prometheus_tsdb_storage_blocks_bytes)', 'Prometheus blocks'),
          overTime('sum (prometheus_tsdb_wal_storage_size_bytes)', 'Prometheus log'),
        ),
        sharesPanel(
          {
            id: 15,
            title: 'Prometheus, share of its size limit, now',
            description: `Size of blocks as a share of retention_metrics_size; when it is full the oldest go before their time. ${OWN} Empty without a size limit.`,
            unit: UNITS.share,
            noValue: 'No size limit is set',
          },
          MACHINE_LIMITS,
          valueNow(
            'sum (prometheus_tsdb_storage_blocks_bytes) / (sum (prometheus_tsdb_retention_limit_bytes) > 0)',
            'Prometheus',
          ),
        ),
        statPanel(
          {
            id: 16,
            title: 'Oldest metrics kept, now',
            description: `How far back Prometheus remembers: the lesser of its retention by time and by size. ${OWN} Empty in the first hours, or when Prometheus does not look at itself.`,
            unit: UNITS.age,
            noValue: 'Nothing kept yet',
          },
          valueNow('1000 * min (prometheus_tsdb_lowest_timestamp_seconds < 1e12)', 'Oldest'),
        ),
      ],
    },
    {
      height: 8,
      panels: [
        linesPanel(
          {
            id: 17,
            title: 'Series and streams in memory',
            description: `Series that Prometheus writes to, and Loki's streams: growth without more agents means a label with too many values. ${OWN} Empty when neither is looked at.`,
            unit: UNITS.count,
            noValue: 'No data from Prometheus or Loki',
          },
          overTime('sum (prometheus_tsdb_head_series)', 'Prometheus series'),
          overTime('sum (loki_ingester_memory_streams)', 'Loki streams'),
        ),
        linesPanel(
          {
            id: 18,
            title: 'Text that Loki takes per second',
            description: `Bytes of log lines. ${OWN} Empty when nothing was logged.`,
            unit: UNITS.bytesPerSecond,
            noValue: 'Nothing was logged in this range',
          },
          overTime(ownRate(ownSeries('loki_distributor_bytes_received_total')), 'Loki'),
        ),
        linesPanel(
          {
            id: 19,
            title: 'Memory of each part',
            description: `Resident memory. ${OWN} Jaeger and Grafana are not looked at. Empty when no part is.`,
            unit: UNITS.sizeBytes,
            noValue: 'No part tells its memory',
          },
          overTime('max (bridge_process_memory_bytes{bridge_memory="resident"})', 'bridge'),
          overTime('max by (job) (process_resident_memory_bytes)', '{{job}}'),
          overTime('max (otelcol_process_memory_rss)', 'otel-collector'),
        ),
      ],
    },
  ];
}

/** Does the monitoring itself work, and is anything lost or late? */
export function stackHealth(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-stack-health',
    title: 'Stack health',
    description:
      'Whether each part of the monitoring works, what waits, what was refused, and who has gone silent.',
    sections: [
      { id: 101, title: 'Is anything wrong', bands: [verdict()] },
      { id: 102, title: 'Who is heard', bands: [freshness()] },
      { id: 103, title: 'What flows', bands: flow() },
      { id: 104, title: 'What is kept', bands: stores() },
    ],
  });
}
