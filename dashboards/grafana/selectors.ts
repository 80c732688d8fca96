/**
 * Matchers that every query has, so that the variables of variables.ts filter all panels alike. In double quotes:
 * Grafana escapes the values for those, in PromQL and in LogQL.
 */
const OWNER = 'project=~"$project", agent=~"$agent"';

/** Matcher of the variable `model`, for metrics that have a model. */
export const BY_MODEL = 'gen_ai_request_model=~"$model"';

/** Matcher of the variable `session`, for the one metric that has sessions. */
export const BY_SESSION = 'session_id=~"$session"';

/**
 * PromQL selector of a metric of the agents, filtered by project, agent and host.
 * @param name as Prometheus has it, for instance `agent_run_count_total`.
 * @param matchers further ones, for instance `BY_MODEL` or `error_type!=""`.
 */
export function series(name: string, ...matchers: readonly string[]): string {
  return `${name}{${[OWNER, 'host_name=~"$host"', ...matchers].join(', ')}}`;
}

/**
 * LogQL selection of the agents' events, filtered by project, agent, host and session. The first two are index labels,
 * so that Loki reads nothing else; the rest are filters on structured metadata.
 * @param filters further ones, for instance `severity_text="ERROR"`.
 */
export function events(...filters: readonly string[]): string {
  return [stream('agent-monitor'), 'host_name=~"$host"', BY_SESSION, ...filters].join(' | ');
}

/**
 * The same of those that the bridge tells once more, in a stream of their own, since they are few and looked for over
 * long ranges (`projections/notable.ts` of the bridge names them): there Loki reads those alone.
 */
export function notable(...filters: readonly string[]): string {
  return ofFew('agent-monitor-notable', filters);
}

/**
 * LogQL selection of what sessions did in a minute each, filtered as `events` are.
 * @param filters further ones, which come first.
 */
export function accounts(...filters: readonly string[]): string {
  return ofFew('agent-monitor-sessions', filters);
}

/** In a stream of few kinds of records the filters leave little for the variables to look at. */
function ofFew(service: string, filters: readonly string[]): string {
  return [stream(service), ...filters, 'host_name=~"$host"', BY_SESSION].join(' | ');
}

/** LogQL: index labels of what the bridge tells. */
function stream(service: string): string {
  return `{service_name="${service}", ${OWNER}}`;
}

/** PromQL selector of what belongs to a project or agent, or to all: filtered by project and agent. */
export function ownedOrShared(name: string): string {
  return `${name}{project=~"$project|", agent=~"$agent|"}`;
}

/**
 * PromQL selector of what a part of the stack says of itself: no agent did it, so no variable filters it.
 * @param matchers for instance `job="loki"`.
 */
export function ownSeries(name: string, ...matchers: readonly string[]): string {
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

/**
 * LogQL selection of the lines of containers that are labelled for collection and have one of these words in their
 * names. Of a container without a project or agent label, the variables at All let everything through.
 */
export function containerLines(...words: readonly string[]): string {
  return `{service_name=~".*(${words.join('|')}).*", ${OWNER}}`;
}
