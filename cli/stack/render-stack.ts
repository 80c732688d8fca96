import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { buildComposeFile } from '../../compose/build-compose-file.ts';
import type { ServiceName } from '../../compose/service-names.ts';
import { COLLECTOR_MEMORY } from '../../compose/services/otel-collector.ts';
import type { StackPlan } from '../../compose/stack-plan.ts';
import { type BuildRulesOptions, buildRules } from '../../dashboards/rules/build-rules.ts';
import { buildRunbook } from '../../dashboards/rules/build-runbook.ts';
import type { Duration } from '../settings/duration.ts';
import type { Settings } from '../settings/schema.ts';
import { renderTemplate, type TemplateValues } from './render-template.ts';

/** Texts of the generated files, by their path within the stack's folder. */
export type StackFiles = ReadonlyMap<string, string>;

/** What `renderStack` works on. All of it is data: the same input gives the same files. */
export interface RenderStackInput {
  readonly plan: Omit<StackPlan, 'configHashes'>;
  readonly settings: Settings;
  /** Texts of templates/, by file name. */
  readonly templates: ReadonlyMap<string, string>;
  /** Dashboards, by file name. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** Text of bridge.json; it is no file of the stack's user, but a change of it needs a new container. */
  readonly bridgeConfig: string;
  /** Hash of the bridge's program. */
  readonly programHash: string;
  /** Version of this package. */
  readonly version: string;
}

const HOUR_MS = 3_600_000;

/** Loki deletes nothing that is younger. */
const LOKI_MINIMUM_MS = 24 * HOUR_MS;

/** Alerts of Prometheus. */
const RULES_FILE = 'rules/agent-monitor.yaml';
/** Alerts of Loki. */
const LOG_RULES_FILE = 'rules/logs.yaml';

/** Files that the user may edit: compose.yaml, one per component, alert rules, dashboards. Pure. */
export function renderStack(input: RenderStackInput): StackFiles {
  const { plan, version } = input;
  const stamp = `# Written by agent-monitor ${version}. An edited file is kept: "monitor init --force" writes it anew.\n`;
  const files = new Map<string, string>();
  const values = templateValues(input);
  for (const name of templateNames(plan)) {
    const template = input.templates.get(name);
    if (template === undefined) throw new Error(`there is no template "${name}"`);
    files.set(name, stamp + renderTemplate(template, values));
  }
  files.set(RULES_FILE, stamp + buildRules(rulesOptions(input), 'prometheus'));
  files.set(LOG_RULES_FILE, stamp + buildRules(rulesOptions(input), 'loki'));
  files.set('rules/RUNBOOK.md', buildRunbook());
  if (plan.parts.grafana) {
    for (const [name, text] of Object.entries(input.dashboards)) files.set(`dashboards/${name}`, text);
  }
  const configHashes = hashConfigs(files, input);
  const compose = stringify(buildComposeFile({ ...plan, configHashes }), {
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
  files.set(
    'compose.yaml',
    `${stamp}# docker compose -f compose.yaml config|ps|logs work on it as usual.\n\n${compose}`,
  );
  return files;
}

function templateNames({ parts }: RenderStackInput['plan']): readonly string[] {
  return [
    'otel-config.yaml',
    'prometheus.yaml',
    'loki.yaml',
    ...(parts.jaeger ? ['jaeger.yaml'] : []),
    ...(parts.promtail ? ['promtail-config.yaml'] : []),
    ...(parts.grafana ? ['grafana-datasources.yaml', 'grafana-dashboards.yaml'] : []),
  ];
}

function rulesOptions({ settings, plan }: RenderStackInput): BuildRulesOptions {
  return {
    thresholds: settings.alerts.thresholds,
    budgets: settings.budgets,
    selfTelemetry: settings.telemetry.self,
    warnDiskBytes: settings.retention.warn_disk.bytes,
    grafanaUrl: plan.parts.grafana ? `http://localhost:${plan.ports.grafana}` : null,
  };
}

function templateValues({ settings, plan }: RenderStackInput): TemplateValues {
  const { ports, retention, alerts } = settings;
  const alertmanager = alerts.alertmanager === null ? null : new URL(alerts.alertmanager);
  const logsMs = Math.max(retention.logs.ms, LOKI_MINIMUM_MS);
  return {
    values: {
      port_collector_health: ports.collector_health,
      port_prometheus: ports.prometheus,
      port_loki: ports.loki,
      port_jaeger: ports.jaeger,
      collector_limit_mib: COLLECTOR_MEMORY.limitMib,
      collector_spike_mib: COLLECTOR_MEMORY.spikeMib,
      retention_metrics: hours(retention.metrics),
      retention_metrics_size: `${retention.metrics_size.bytes}B`,
      retention_logs: hours({ ms: logsMs }),
      retention_agent_logs: hours({ ms: Math.max(retention.agent_logs.ms, LOKI_MINIMUM_MS) }),
      loki_max_chunk_age: hours({ ms: 2 * logsMs }),
      retention_traces: hours(retention.traces),
      alertmanager_url: alertmanager?.href ?? '',
      alertmanager_scheme: alertmanager?.protocol.replace(':', '') ?? '',
      alertmanager_authority: alertmanager?.host ?? '',
      alertmanager_path: alertmanager?.pathname ?? '',
    },
    flags: { jaeger: plan.parts.jaeger, alertmanager: alertmanager !== null },
  };
}

/** Every component reads hours; none of them reads all of our units. */
function hours({ ms }: Pick<Duration, 'ms'>): string {
  return `${Math.max(1, Math.ceil(ms / HOUR_MS))}h`;
}

/** Hash of what each service mounts. */
function hashConfigs(files: StackFiles, input: RenderStackInput): StackPlan['configHashes'] {
  const hash = (...names: readonly string[]): string => hashOf(names.map((name) => files.get(name) ?? ''));
  const hashes: Partial<Record<ServiceName, string>> = {
    bridge: hashOf([input.bridgeConfig, input.programHash]),
    'otel-collector': hash('otel-config.yaml'),
    prometheus: hash('prometheus.yaml', RULES_FILE),
    loki: hash('loki.yaml', LOG_RULES_FILE),
    jaeger: hash('jaeger.yaml'),
    promtail: hash('promtail-config.yaml'),
    // Dashboards are not among them: Grafana reads their folder again by itself.
    grafana: hash('grafana-datasources.yaml', 'grafana-dashboards.yaml'),
  };
  return hashes;
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex').slice(0, 16);
}
