/** An alert, before it becomes a rule of Prometheus. */
export interface Alert {
  /** Unique but for alerts of several budgets; also the heading of its runbook. */
  readonly name: string;
  /** critical: data or money is being lost now. warning: soon, or something is broken. info: worth a look. */
  readonly severity: 'critical' | 'warning' | 'info';
  /** PromQL; each series that it has is one alert. */
  readonly expr: string;
  /** How long it has to hold, seconds. */
  readonly forSeconds: number;
  /** One line; Prometheus fills in its templates. */
  readonly summary: string;
  /** What it means, with its number. */
  readonly description: string;
  /** Where to look closer: uid of a dashboard. */
  readonly dashboard: string;
  /** Labels of its series that the dashboard has variables for. */
  readonly variables?: readonly ('project' | 'agent')[];
  /** Further labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What to do about an alert: a section of the runbook. */
export interface Remedy {
  /** What it means and why it comes, one paragraph. */
  readonly cause: string;
  /** Steps, most likely remedy first. */
  readonly steps: readonly string[];
}

/** A series that Prometheus works out as often as it evaluates the group: what dashboards cannot know, or too dear to ask. */
export interface Recording {
  /** `level:metric:operation`. */
  readonly name: string;
  /** PromQL. */
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Alerts that are evaluated together. */
export interface AlertGroup {
  readonly name: string;
  readonly recordings?: readonly Recording[];
  /** How often, seconds; left out = as Prometheus is set. */
  readonly intervalSeconds?: number;
  readonly alerts: readonly Alert[];
}

/** What of a list of alerts there is: those whose threshold is null are false. */
export function alertsOf(alerts: readonly (Alert | false)[]): readonly Alert[] {
  return alerts.filter((alert) => alert !== false);
}
