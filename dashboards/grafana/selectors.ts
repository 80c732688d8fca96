/**
 * Matchers that every query has, so that the variables of variables.ts filter all panels alike. In double quotes:
 * Grafana escapes the values for those, in PromQL and in LogQL.
 */
const OWNER = 'project=~"$project", agent=~"$agent"';

/** Matcher of the variable `model`, for metrics that have a model. */
export const BY_MODEL = 'gen_ai_request_model=~"$model"';

/**
 * PromQL selector of a metric of the agents, filtered by project, agent and host.
 * @param name as Prometheus has it, for instance `agent_run_count_total`.
 * @param matchers further ones, for instance `BY_MODEL` or `error_type!=""`.
 */
export function series(name: string, ...matchers: readonly string[]): string {
  return `${name}{${[OWNER, 'host_name=~"$host"', ...matchers].join(', ')}}`;
}

/**
 * LogQL selection of the agents' events, filtered by project, agent and host. The first two are index labels, so that
 * Loki reads nothing else; the rest are filters on structured metadata.
 * @param filters further ones, for instance `severity_text="ERROR"`.
 */
export function events(...filters: readonly string[]): string {
  return [`{service_name="agent-monitor", ${OWNER}}`, 'host_name=~"$host"', ...filters].join(' | ');
}
