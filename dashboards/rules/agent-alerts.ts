import { type AlertGroup, alertsOf } from './alert.ts';
import { growth } from './growth.ts';
import type { AlertThresholds } from './thresholds.ts';

const BY_AGENT = 'sum by (project, agent)';
const WHO = '{{ $labels.project }} / {{ $labels.agent }}';
/** Sessions of `monitor verify` end when it has seen them. */
const VERIFY = 'project!="agent-monitor-verify"';
/** What providers and agents call it: a status, or a word. */
const RATE_LIMITED = 'error_type=~"429|(?i:.*rate.?limit.*|.*usage.?limit.*|.*quota.*|resource_exhausted)"';
/** So long after it fell silent an agent is known; then it is gone. */
const KNOWN_HOURS = 7 * 24;

/** What goes wrong with agents. */
export function agentAlerts(thresholds: AlertThresholds): AlertGroup {
  const { for_minutes, error_share, error_calls, rate_limits, tool_failures } = thresholds;
  const { guardrail_violations, stuck_minutes, context_share, no_data_hours } = thresholds;
  const calls = `${BY_AGENT} (${growth('agent_api_request_count_total', '15m')})`;
  const failedCalls = `${BY_AGENT} (${growth('agent_api_request_count_total{error_type!=""}', '15m')})`;
  const silentSeconds = `time() - max by (project, agent) (agent_last_event_time_seconds{${VERIFY}})`;
  const byAgent = {
    dashboard: 'agent-monitor-overview',
    variables: ['project', 'agent'],
    forSeconds: 0,
  } as const;
  return {
    name: 'agents',
    alerts: alertsOf([
      error_share !== null && {
        ...byAgent,
        name: 'ModelErrors',
        severity: 'warning',
        expr: `${failedCalls} / ${calls} > ${error_share} and ${calls} >= ${error_calls ?? 0}`,
        summary: `Model calls of ${WHO} fail`,
        description: `{{ $value | humanizePercentage }} of its model calls in 15 minutes ended in an error.`,
      },
      rate_limits !== null && {
        ...byAgent,
        name: 'RateLimited',
        severity: 'warning',
        expr: `${BY_AGENT} (${growth(`agent_api_request_count_total{${RATE_LIMITED}}`, '15m')}) > ${rate_limits}`,
        summary: `${WHO} runs into rate limits`,
        description: `{{ $value }} model calls in 15 minutes were refused by a limit.`,
      },
      tool_failures !== null && {
        ...byAgent,
        name: 'ToolFailures',
        severity: 'warning',
        expr: `${BY_AGENT} (${growth('agent_tool_call_count_total{agent_outcome=~"failure|error"}', '5m')}) > ${tool_failures}`,
        summary: `Tool calls of ${WHO} fail`,
        description: `{{ $value }} tool calls in 5 minutes failed.`,
        dashboard: 'agent-monitor-coding',
      },
      guardrail_violations !== null && {
        ...byAgent,
        name: 'GuardrailViolated',
        severity: 'critical',
        expr: `sum by (project, agent, agent_guardrail_rule) (${growth('agent_guardrail_violation_count_total', '15m')}) > ${guardrail_violations}`,
        summary: `${WHO} broke a guardrail: {{ $labels.agent_guardrail_rule }}`,
        description: `{{ $value }} violations in 15 minutes.`,
        dashboard: 'agent-monitor-guardrails',
      },
      stuck_minutes !== null && {
        ...byAgent,
        name: 'AgentStuck',
        severity: 'warning',
        expr: `${silentSeconds} > ${stuck_minutes * 60} and sum by (project, agent) (agent_session_active{${VERIFY}}) > 0`,
        summary: `${WHO} says nothing`,
        description: 'A session goes on, and its last event was {{ $value | humanizeDuration }} ago.',
        dashboard: 'agent-monitor-sessions',
      },
      context_share !== null && {
        ...byAgent,
        name: 'ContextNearlyFull',
        severity: 'info',
        expr: `max by (project, agent) (agent_context_utilization_current_ratio) > ${context_share}`,
        summary: `The context of ${WHO} is nearly full`,
        description: 'Its fullest session fills {{ $value | humanizePercentage }} of its window.',
        dashboard: 'agent-monitor-context',
      },
      no_data_hours !== null && {
        ...byAgent,
        name: 'AgentSilent',
        severity: 'info',
        expr: `${silentSeconds} > ${no_data_hours * 3600} and ${silentSeconds} < ${(no_data_hours + KNOWN_HOURS) * 3600}`,
        forSeconds: for_minutes * 60,
        summary: `No data from ${WHO}`,
        description: 'Its last event was {{ $value | humanizeDuration }} ago.',
      },
    ]),
  };
}
