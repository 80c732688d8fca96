import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { MonitorError } from './domain/error.ts';

const port = z.number().int().min(1).max(65535);

/** `vms:` of settings.yaml. */
export const vmSettingsSchema = z.strictObject({
  uris: z.array(z.string()),
  interval_ms: z.number().int().positive(),
  /** File; null = no registry. */
  registry: z.string().nullable(),
  instances: z.array(z.record(z.string(), z.unknown())),
});
/** Where agents' containers are. */
export const containerSettingsSchema = z.strictObject({
  /** Socket of Docker Engine. */
  socket_path: z.string(),
  /** Network of agents' containers. */
  network: z.string(),
  interval_ms: z.number().int().positive(),
});
/** `notify:` of settings.yaml. */
export const notifyTargetsSchema = z.array(
  z.union([
    z.strictObject({ webhook: z.url() }),
    z.strictObject({ command: z.string() }),
    z.strictObject({ desktop: z.literal(true) }),
  ]),
);
const limit = z.number().nonnegative().nullable();
const guardLists = z.strictObject({
  commands: z.array(z.string()),
  paths: z.array(z.string()),
  tools: z.array(z.string()),
  domains: z.array(z.string()),
});
const guardRules = z.strictObject({
  mode: z.enum(['off', 'observe', 'enforce']),
  max_tokens_per_task: limit,
  max_file_operations: limit,
  max_duration_ms: limit,
  max_cost_usd: limit,
  max_cost_per_day_usd: limit,
  max_failures_in_row: limit,
  max_repeats: limit,
  allow: guardLists,
  deny: guardLists,
});

/**
 * Configuration of the bridge: one JSON file that `monitor` writes from settings.yaml.
 * All durations are milliseconds, all paths absolute as the bridge's process sees them.
 */
const bridgeConfigSchema = z.strictObject({
  version: z.literal(1),
  runtime: z.enum(['embedded', 'docker']),
  /** Addresses to listen on; in a container 0.0.0.0. */
  listen: z.array(z.string()).min(1),
  ports: z.strictObject({ ingest: port, ui: port, otlp_grpc: port, otlp_http: port }),
  journal_path: z.string(),
  /** pid, state and log files of the bridge and the host part. */
  state_dir: z.string(),
  /** File with the secret that tokens are signed with (0600), 32 bytes or more as base64url. */
  token_secret_file: z.string(),
  auth: z.strictObject({
    /** True: every sender and reader needs a token. False: loopback needs none. */
    require_tokens: z.boolean(),
    /** CIDRs that may send without a token; the CLI has resolved `gateway`. */
    allow_unauthenticated_from: z.array(z.string()),
  }),
  /** Host header values (without port) that are answered; anything else is 421. */
  allowed_hosts: z.array(z.string()),
  targets: z.array(
    z.strictObject({
      name: z.string(),
      /** OTLP/HTTP base URL for what the bridge says itself, `/v1/<signal>` is appended. */
      endpoint: z.string().nullable(),
      /** OTLP/HTTP base URL for agents' own OTLP; null = not passed on. */
      raw_endpoint: z.string().nullable(),
      signals: z.array(z.enum(['logs', 'metrics', 'traces'])),
      headers: z.record(z.string(), z.string()),
      /** Whether our dashboards ask what takes the logs: it gets what they read over long ranges as well. @default false */
      digests: z.boolean().optional(),
      /** PEM of the only authorities to trust for https; absent = the usual ones. */
      ca_pem: z.string().optional(),
    }),
  ),
  telemetry: z.strictObject({
    metric_interval_ms: z.number().int().positive(),
    log_interval_ms: z.number().int().positive(),
    traces: z.boolean(),
    include_account: z.boolean(),
    /** True: spans about the inside of agents' programs are passed on. */
    internal_spans: z.boolean().optional(),
    /** Whether the bridge tells the targets about its own work. */
    self: z.boolean(),
  }),
  privacy: z.strictObject({
    prompts: z.boolean(),
    responses: z.boolean(),
    tool_arguments: z.boolean(),
    tool_output: z.boolean(),
    file_paths: z.boolean(),
    /** `defaults` and further regular expressions. */
    redact: z.array(z.string()),
  }),
  /** Attribution rules, first match wins. `match` values may hold `*`. */
  projects: z.array(
    z.strictObject({
      project: z.string(),
      agent: z.string().nullable(),
      match: z.strictObject({
        client_id: z.string().nullable(),
        host: z.string().nullable(),
        cwd: z.string().nullable(),
        repository: z.string().nullable(),
      }),
    }),
  ),
  /** IANA time zone that days are cut in. */
  timezone: z.string(),
  facts: z.strictObject({
    /** How long a fact waits for better knowledge before it is counted. */
    settle_ms: z.number().int().nonnegative(),
    /** Older than this when first received = history. */
    history_after_ms: z.number().int().positive(),
  }),
  sessions: z.strictObject({
    idle_end_ms: z.number().int().positive(),
    abandoned_after_ms: z.number().int().positive(),
    /** How often the state of a running session is recorded; null = never. */
    snapshot_interval_ms: z.number().int().positive().nullable(),
  }),
  /** The part that follows transcripts on this machine; null where it runs elsewhere. */
  host: z
    .strictObject({
      /** Homes of agents: folders that hold `.claude` (the user's home first). */
      homes: z.array(z.string()),
      /** How far back transcripts are imported, days; null = all, 0 = none. */
      import_days: z.number().int().nonnegative().nullable(),
      follow: z.boolean(),
      hostname: z.string(),
      /** How a person is told at once. */
      notify: notifyTargetsSchema,
      /** Virtual machines to sample; null or left out = none. */
      vms: vmSettingsSchema.nullable().optional(),
      /** Containers to sample; null or left out = none. */
      containers: containerSettingsSchema.nullable().optional(),
    })
    .nullable(),
  /** What agents may do, and how much; see domain/guardrail.ts. */
  guardrails: z.strictObject({
    default: guardRules,
    /** By project; what is not here goes by `default`. */
    projects: z.record(z.string(), guardRules),
  }),
  /** Price overrides by model, USD per million tokens. */
  prices: z.record(
    z.string(),
    z.strictObject({
      input: z.number().nonnegative(),
      output: z.number().nonnegative(),
      cache_read: z.number().nonnegative().nullable(),
      cache_creation: z.number().nonnegative().nullable(),
    }),
  ),
  /** Per agent framework: how its user pays. `flat`: cost is what the API would have cost. */
  billing: z.record(z.string(), z.enum(['metered', 'flat'])),
  retention: z.strictObject({
    journal_ms: z.number().int().positive(),
    journal_size_bytes: z.number().int().positive(),
  }),
});

/** See `bridgeConfigSchema`. */
export type BridgeConfig = Readonly<z.infer<typeof bridgeConfigSchema>>;

/**
 * Checks a parsed configuration.
 * @throws MonitorError `invalid`, naming each wrong key.
 */
export function decodeBridgeConfig(value: unknown, where: string): BridgeConfig {
  const result = bridgeConfigSchema.safeParse(value);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`,
  );
  throw new MonitorError(
    'invalid',
    `Cannot read bridge configuration "${where}": ${problems.join('; ')}. Run "monitor init --force" to write it anew`,
  );
}

/** Reads the configuration file. @throws MonitorError `invalid` or `not_found`. */
export function readBridgeConfig(path: string): BridgeConfig {
  return decodeBridgeConfig(readConfigFile(path, 'bridge'), path);
}

/**
 * The JSON of a configuration file that `monitor` wrote, not checked yet.
 * @param part whose configuration it is, for messages
 * @throws MonitorError `not_found`, or `invalid` where it is not JSON
 */
export function readConfigFile(path: string, part: 'bridge' | 'host'): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new MonitorError(
      'not_found',
      `Cannot read ${part} configuration "${path}": run "monitor init" first`,
      {
        cause: error,
      },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MonitorError('invalid', `Cannot read ${part} configuration "${path}": it is not JSON`, {
      cause: error,
    });
  }
}
