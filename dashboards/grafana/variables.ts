import {
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { datasource } from './datasources.ts';

interface VariableDefinition {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  /** Selector of the series that have the values, filtered by the variables before this one. */
  readonly from: string;
  /** Label that holds the values. */
  readonly values: string;
}

/**
 * There is a last event from the first event on, so the variables are filled as soon as anything is. In the order of
 * the chain: each offers what the ones before it leave.
 */
const VARIABLES: readonly VariableDefinition[] = [
  {
    name: 'project',
    label: 'Project',
    description: 'Project that the agents work for',
    from: 'agent_last_event_time_seconds',
    values: 'project',
  },
  {
    name: 'agent',
    label: 'Agent',
    description: 'Name of the agent',
    from: 'agent_last_event_time_seconds{project=~"$project"}',
    values: 'agent',
  },
  {
    name: 'host',
    label: 'Host',
    description: 'Machine on which the agent runs',
    from: 'agent_last_event_time_seconds{project=~"$project", agent=~"$agent"}',
    values: 'host_name',
  },
  {
    name: 'model',
    label: 'Model',
    description: 'Model that the agent calls; filters cost, tokens and model calls',
    from: '{__name__=~"agent_token_usage_total|agent_api_request_count_total", project=~"$project", agent=~"$agent", host_name=~"$host"}',
    values: 'gen_ai_request_model',
  },
  {
    name: 'session',
    label: 'Session',
    description: 'One of the newest 500 sessions of the last 24 hours; filters what comes from events',
    from: 'agent_session_info{project=~"$project", agent=~"$agent", host_name=~"$host"}',
    values: 'session_id',
  },
];

/** Project, agent, host, model and session: the same on every dashboard, so that links can carry them. */
export function variables(): QueryVariableBuilder[] {
  return VARIABLES.map(({ name, label, description, from, values }) => {
    const query = `label_values(${from}, ${values})`;
    return (
      new QueryVariableBuilder(name)
        .label(label)
        .description(description)
        .datasource(datasource('prometheus'))
        // 1 = label values: the form in which Grafana's own editor stores it.
        .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
        .definition(query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
        .multi(true)
        .includeAll(true)
        // Not the list of values: All also means what has no host, and what comes after the list was filled.
        .allValue('.*')
        .current({ selected: true, text: ['All'], value: ['$__all'] })
    );
  });
}
