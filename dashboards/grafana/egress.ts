import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Band, dashboard } from './dashboard.ts';
import { notableCount, notableCountOverTime } from './event-totals.ts';
import { FROM_EVENTS } from './notes.ts';
import { eventBarsPanel, recordsPanel, statPanel } from './panels.ts';
import { eventsNow } from './queries.ts';
import { containerLines, notable } from './selectors.ts';
import { tablePanel } from './table-panel.ts';
import { UNITS } from './units.ts';

const REQUEST = 'event_name="egress.request"';
const DENIED = 'decision=~"(?i)(deny|denied|block|blocked|reject)"';
const ALLOWED = 'decision=~"(?i)(allow|allowed|accept)"';
/** Nothing in agent-monitor itself watches the network: that is said wherever nothing is shown. */
const NOTHING = 'Nothing reports egress: a proxy or firewall has to send egress.request events';
const NO_LINES = 'No such container: give it the label agent-monitor.logs=true';
const NOTES = `${FROM_EVENTS} agent-monitor watches no network itself; a proxy or firewall sends the events. The variable Model does not apply.`;
const LINES =
  "Source: Loki, lines of containers with the label agent-monitor.logs=true, by their container's labels of project and agent alone. The variables Host, Model and Session do not apply.";

function verdict(): Band {
  return {
    height: 5,
    panels: [
      statPanel(
        {
          id: 1,
          title: 'Requests that left, in range',
          description: `Requests to other machines that were allowed. ${NOTES} Empty when nothing reports egress.`,
          unit: UNITS.count,
          noValue: NOTHING,
        },
        eventsNow(notableCount([], REQUEST, ALLOWED), 'Allowed'),
      ),
      statPanel(
        {
          id: 2,
          title: 'Requests that were kept back, in range',
          description: `Requests to other machines that were denied. ${NOTES} Empty when none was, or nothing reports egress: see the panel before.`,
          unit: UNITS.count,
          noValue: 'None, or nothing reports egress',
        },
        eventsNow(notableCount([], REQUEST, DENIED), 'Failed'),
      ),
    ],
  };
}

function requests(): Band[] {
  return [
    {
      height: 8,
      panels: [
        eventBarsPanel(
          {
            id: 3,
            title: 'Requests per step, by verdict',
            description: `Requests to other machines in each step of the graph. ${NOTES} Empty when nothing reports egress.`,
            unit: UNITS.count,
            noValue: NOTHING,
          },
          notableCountOverTime(['decision'], REQUEST),
          '{{decision}}',
        ),
      ],
    },
    {
      height: 9,
      panels: [
        tablePanel(
          {
            id: 4,
            title: 'Machines that were asked, in range',
            description: `Which machines agents sent requests to. ${NOTES} Empty when nothing reports egress.`,
            noValue: NOTHING,
          },
          {
            store: 'loki',
            keys: { host: 'Asked', project: 'Project', agent: 'Agent' },
            columns: [
              {
                title: 'Requests',
                expr: notableCount(['host', 'project', 'agent'], REQUEST),
                unit: UNITS.count,
              },
              {
                title: 'Denied',
                expr: notableCount(['host', 'project', 'agent'], REQUEST, DENIED),
                unit: UNITS.count,
              },
            ],
            sortBy: 'Requests',
          },
        ),
        recordsPanel(
          {
            id: 5,
            title: 'Newest 100 requests that were kept back, in range',
            description: `Denied requests; open a line for its session. ${NOTES} Empty when none was, or nothing reports egress.`,
            noValue: 'None, or nothing reports egress',
          },
          `${notable(REQUEST, DENIED)} | line_format "{{.project}} / {{.agent}}: {{.decision}} {{.host}} {{.port}}"`,
          100,
        ),
      ],
    },
  ];
}

function proxies(): Band {
  return {
    height: 10,
    panels: [
      recordsPanel(
        {
          id: 6,
          title: 'Newest 100 lines of Envoy, in range',
          description: `What containers with envoy in their name wrote. ${LINES} Empty without such a container.`,
          noValue: NO_LINES,
        },
        containerLines('envoy'),
        100,
      ),
      recordsPanel(
        {
          id: 7,
          title: 'Newest 100 lines of CoreDNS, in range',
          description: `What containers with coredns in their name wrote. ${LINES} Empty without such a container.`,
          noValue: NO_LINES,
        },
        containerLines('coredns'),
        100,
      ),
    ],
  };
}

/** Where did agents' requests go, and what was kept back? */
export function egress(): DashboardBuilder {
  return dashboard({
    uid: 'agent-monitor-egress',
    title: 'Egress',
    description:
      'Requests that left the machines of agents, or were kept back. Shows nothing until a proxy or firewall reports them.',
    sections: [
      { id: 101, title: 'How much', bands: [verdict()] },
      { id: 102, title: 'Where to', bands: requests() },
      { id: 103, title: 'In the words of proxies', bands: [proxies()] },
    ],
  });
}
