import * as z from 'zod';
import { SERVICE_NAMES } from '../../compose/service-names.ts';
import { ALERT_THRESHOLDS, type ThresholdName } from '../../dashboards/rules/thresholds.ts';
import {
  address,
  amount,
  choice,
  count,
  duration,
  flag,
  list,
  network,
  port,
  size,
  text,
  timezone,
  url,
} from './values.ts';

/** Patterns of tool calls, see templates/settings.yaml. */
const guardLists = z.strictObject({
  commands: list(text()).default([]),
  paths: list(text()).default([]),
  tools: list(text()).default([]),
  domains: list(text()).default([]),
});

/** What guardrails say, for all projects or for one. */
const guardRules = {
  mode: choice(['off', 'observe', 'enforce']),
  max_tokens_per_task: count().nullable(),
  max_file_operations: count().nullable(),
  max_duration: duration().nullable(),
  max_cost_usd: amount().nullable(),
  max_cost_per_day_usd: amount().nullable(),
  max_failures_in_row: count().nullable(),
  max_repeats: count().nullable(),
  allow: guardLists,
  deny: guardLists,
};

/** Every threshold of an alert, see dashboards/rules/thresholds.ts. */
function thresholdSchemas() {
  const threshold = amount('a number from 0 up, or null').nullable();
  return Object.fromEntries(Object.keys(ALERT_THRESHOLDS).map((name) => [name, threshold])) as {
    readonly [Name in Exclude<ThresholdName, 'for_minutes'>]: typeof threshold;
  };
}

/** Signals of OpenTelemetry. */
const signal = choice(['logs', 'metrics', 'traces']);

/**
 * settings.yaml. Every key has a default in defaults.ts and a comment in templates/settings.yaml.
 * Lengths of time are `{ms, text}`, sizes `{bytes, text}` once read.
 */
export const settingsSchema = z.strictObject({
  /** Which way to run; fixed at init. */
  runtime: choice(['auto', 'docker', 'embedded']),
  /** Services that can be left out. */
  parts: z.strictObject({ grafana: flag(), jaeger: flag(), promtail: flag() }),
  timezone: timezone(),
  /** Published ports, each on the addresses of `listen`; the same number inside. */
  ports: z.strictObject({
    ingest: port(),
    ui: port(),
    otlp_grpc: port(),
    otlp_http: port(),
    collector_health: port(),
    prometheus: port(),
    loki: port(),
    jaeger: port(),
    grafana: port(),
  }),
  listen: list(address()).min(1, 'at least one address'),
  /** `auto`: loopback of the embedded runtime needs none. `always`: it does too. */
  tokens: choice(['auto', 'always']),
  allow_unauthenticated_from: list(network()),
  /** The network that agents' containers join. */
  network: z.strictObject({ name: text(), external: flag() }),
  /** Other images than the pinned ones. */
  images: z.strictObject(
    Object.fromEntries(SERVICE_NAMES.map((name) => [name, text('an image name').optional()])) as {
      readonly [Name in (typeof SERVICE_NAMES)[number]]: z.ZodOptional<z.ZodString>;
    },
  ),
  /** Registry that all pinned images are pulled from instead. */
  registry_mirror: text('a registry such as mirror.example.com').nullable(),
  history: z.strictObject({
    import: z.union([z.literal(['all', 'none']), duration()], 'all, none or a duration such as 30d'),
    follow: flag(),
    /** Further folders that hold `.claude`, for instance other users' homes. */
    homes: list(text('a folder')),
  }),
  projects: list(
    z.strictObject({
      project: text(),
      agent: text().nullable().default(null),
      match: z.strictObject({
        client_id: text().nullable().default(null),
        host: text().nullable().default(null),
        cwd: text().nullable().default(null),
        repository: text().nullable().default(null),
      }),
    }),
  ),
  telemetry: z.strictObject({
    metric_interval: duration(),
    log_interval: duration(),
    traces: flag(),
    include_account: flag(),
    /** Spans of agents (Codex) that tell of the inside of their program: some hundreds a run. */
    internal_spans: flag(),
    /** The bridge tells the targets about its own work, as `agent-monitor-bridge`. */
    self: flag(),
  }),
  privacy: z.strictObject({
    prompts: flag(),
    responses: flag(),
    tool_arguments: flag(),
    tool_output: flag(),
    file_paths: flag(),
    redact: list(text('defaults or a regular expression')),
  }),
  retention: z.strictObject({
    journal: duration(),
    metrics: duration(),
    logs: duration(),
    agent_logs: duration(),
    traces: duration(),
    journal_size: size(),
    metrics_size: size(),
    warn_disk: size(),
  }),
  budgets: list(
    z.strictObject({
      project: text().nullable().default(null),
      agent: text().nullable().default(null),
      per: choice(['day', 'week', 'month', 'task']),
      cost_usd: amount().nullable().default(null),
      tokens: count().nullable().default(null),
    }),
  ),
  guardrails: z.strictObject({
    ...guardRules,
    on_unreachable: choice(['allow', 'deny']),
    /** By project: what is different there. */
    projects: z.record(z.string(), z.strictObject(guardRules).partial(), 'keys with guardrails'),
  }),
  notify: list(
    z.union(
      [
        z.strictObject({ webhook: url() }),
        z.strictObject({ command: text() }),
        z.strictObject({ desktop: z.literal(true) }),
      ],
      'webhook: URL, command: TEXT or desktop: true',
    ),
  ),
  alerts: z.strictObject({
    alertmanager: url().nullable(),
    /** From where on alerts fire; null leaves one out. */
    thresholds: z.strictObject({ ...thresholdSchemas(), for_minutes: amount() }),
  }),
  /** By agent framework. */
  billing: z.record(z.string(), choice(['metered', 'flat']), 'keys with metered or flat'),
  sessions: z.strictObject({
    idle_end: duration(),
    abandoned_after: duration(),
    /** How often the state of a running session is recorded; null = never. */
    snapshot_interval: duration().nullable(),
  }),
  git: z.strictObject({ session_trailer: flag() }),
  vms: z.strictObject({
    uris: list(text('a libvirt URI')),
    interval: duration(),
    registry: text('a file').nullable(),
    instances: list(z.record(z.string(), z.unknown(), 'keys with values')),
    /** Whether agents' containers are looked at as well. */
    containers: flag(),
  }),
  logs_agent: choice(['promtail', 'none']),
  journal: choice(['sqlite']),
  nats: z.null('null: NATS is not supported yet'),
  /** OTLP back ends beside the stack's own, by a name of the user's choice. */
  targets: z.record(
    z.string(),
    z.strictObject({
      endpoint: url(),
      signals: list(signal).default(['logs', 'metrics', 'traces']),
      headers: z.record(z.string(), z.string('text'), 'keys with text').default({}),
      /** Certificates in PEM that alone are trusted for https; null = the usual authorities. */
      ca_file: text('a file').nullable().default(null),
      /** Instead of the stack's own store of these signals. */
      replace: flag().default(false),
      /** The agents' own telemetry too. */
      raw: flag().default(false),
    }),
    'keys with targets',
  ),
  /** By model, USD per million tokens. */
  prices: z.record(
    z.string(),
    z.strictObject({
      input: amount(),
      output: amount(),
      cache_read: amount().nullable().default(null),
      cache_creation: amount().nullable().default(null),
    }),
    'keys with prices',
  ),
});

/** Settings that were read and checked; frozen. */
export type Settings = z.infer<typeof settingsSchema>;

/** Names of the published ports. */
export type PortName = keyof Settings['ports'];
