import { type AlertGroup, alertsOf } from './alert.ts';
import type { AlertThresholds } from './thresholds.ts';

const WHO = '{{ $labels.project }} / {{ $labels.agent }}';
const EVENTS = '{service_name="agent-monitor"}';

/** What only log records tell: rules of Loki's ruler, in LogQL. */
export function logAlerts({ denied_egress, rate_limit_percent }: AlertThresholds): AlertGroup {
  const shared = { forSeconds: 0, variables: ['project', 'agent'] } as const;
  return {
    name: 'logs',
    alerts: alertsOf([
      denied_egress !== null && {
        ...shared,
        name: 'EgressDenied',
        severity: 'warning',
        expr: `sum by (project, agent) (count_over_time(${EVENTS} | event_name="egress.request" | decision=~"(?i)den.*|block.*|reject.*|refus.*|drop.*" [15m])) > ${denied_egress}`,
        summary: `Requests of ${WHO} to other machines were denied`,
        description: '{{ $value }} requests in 15 minutes.',
        dashboard: 'agent-monitor-egress',
      },
      rate_limit_percent !== null && {
        ...shared,
        name: 'RateLimitNear',
        severity: 'info',
        expr: `max by (project, agent) (last_over_time(${EVENTS} | event_name="rate_limit" | unwrap used_percent | __error__="" [15m]) by (project, agent)) > ${rate_limit_percent}`,
        summary: `${WHO} has nearly used up a rate limit`,
        description: '{{ $value }} % of it are used.',
        dashboard: 'agent-monitor-overview',
      },
    ]),
  };
}
