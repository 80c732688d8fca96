import { BRIDGE_CONTAINER } from '../../compose/services/bridge.ts';
import type { RuntimeName } from '../runtime.ts';
import type { HomePaths } from '../settings/paths.ts';
import type { Settings } from '../settings/schema.ts';
import { buildGuardrails } from './guardrails.ts';
import { buildHostSection, type HostFacts } from './host-section.ts';
import type { TargetAuthorities } from './target-authorities.ts';

/** How long a fact waits for better knowledge before it is counted. */
const SETTLE_MS = 10_000;

/** What is older when first received is history and moves no counter. */
const HISTORY_AFTER_MS = 24 * 3_600_000;

/** Receivers of the Collector, see templates/otel-config.yaml. */
const COLLECTOR = { bridge: 'http://otel-collector:4328', raw: 'http://otel-collector:4318' } as const;

/** Names that point at this machine or at the bridge's container; others in a Host header are turned away. */
const OWN_HOSTS = ['localhost', '127.0.0.1', '::1', 'agent-monitor', 'host.docker.internal'] as const;

/** What decides about bridge.json. */
export interface BridgeConfigInput extends HostFacts {
  readonly runtime: RuntimeName;
  readonly settings: Settings;
  readonly paths: HomePaths;
  /** IANA time zone. */
  readonly timezone: string;
  /** `allow_unauthenticated_from` with `gateway` resolved to addresses. */
  readonly trustedNetworks: readonly string[];
  /** @default the usual ones for every target */
  readonly targetAuthorities?: TargetAuthorities;
}

/**
 * bridge.json as the bridge decodes it (otel-bridge/config.ts; a test holds the two together): settings in
 * milliseconds and bytes, paths as the bridge's process sees them.
 */
export function buildBridgeConfig(input: BridgeConfigInput) {
  const { runtime, settings, paths } = input;
  const isDocker = runtime === 'docker';
  const { ingest, ui, otlp_grpc, otlp_http } = settings.ports;
  const { telemetry, privacy, retention, sessions } = settings;
  return {
    version: 1,
    runtime,
    listen: isDocker ? ['0.0.0.0'] : settings.listen,
    ports: { ingest, ui, otlp_grpc, otlp_http },
    journal_path: isDocker ? `${BRIDGE_CONTAINER.dataDir}/journal.db` : paths.journalFile,
    state_dir: isDocker ? BRIDGE_CONTAINER.stateDir : paths.stateDir,
    token_secret_file: isDocker ? BRIDGE_CONTAINER.tokenSecretFile : paths.tokenSecretFile,
    auth: {
      // Behind Docker's port forwarding the host and a container look alike.
      require_tokens: isDocker || settings.tokens === 'always',
      allow_unauthenticated_from: input.trustedNetworks,
    },
    allowed_hosts: [...new Set([...OWN_HOSTS, ...settings.listen])],
    targets: [...(isDocker ? [stackTarget(settings)] : []), ...extraTargets(input)],
    telemetry: {
      metric_interval_ms: telemetry.metric_interval.ms,
      log_interval_ms: telemetry.log_interval.ms,
      traces: telemetry.traces,
      include_account: telemetry.include_account,
      internal_spans: telemetry.internal_spans,
      self: telemetry.self,
    },
    privacy,
    projects: settings.projects,
    timezone: input.timezone,
    facts: { settle_ms: SETTLE_MS, history_after_ms: HISTORY_AFTER_MS },
    sessions: {
      idle_end_ms: sessions.idle_end.ms,
      abandoned_after_ms: sessions.abandoned_after.ms,
      snapshot_interval_ms: sessions.snapshot_interval?.ms ?? null,
    },
    // Transcripts lie on the host: beside Docker a process of its own follows them.
    host: isDocker ? null : buildHostSection(settings, input),
    guardrails: buildGuardrails(settings),
    prices: settings.prices,
    billing: settings.billing,
    retention: { journal_ms: retention.journal.ms, journal_size_bytes: retention.journal_size.bytes },
  };
}

/** What bridge.json holds. */
export type BridgeConfig = ReturnType<typeof buildBridgeConfig>;

/** The stack's own stores, for every signal that has one and that no other target replaces. */
function stackTarget({ parts, targets }: Settings) {
  const replaced = new Set(
    Object.values(targets)
      .filter(({ replace }) => replace)
      .flatMap(({ signals }) => signals),
  );
  const stored = ['logs', 'metrics', ...(parts.jaeger ? ['traces'] : [])] as const;
  return {
    name: 'collector',
    endpoint: COLLECTOR.bridge,
    raw_endpoint: COLLECTOR.raw,
    signals: stored.filter((signal) => !replaced.has(signal as 'logs')),
    headers: {},
    digests: true,
  };
}

function extraTargets({ settings, targetAuthorities }: BridgeConfigInput) {
  return Object.entries(settings.targets).map(([name, { endpoint, signals, headers, raw, replace }]) => {
    const ca_pem = targetAuthorities?.get(name);
    return {
      name,
      endpoint,
      raw_endpoint: raw ? endpoint : null,
      signals,
      headers,
      digests: replace,
      ...(ca_pem === undefined ? {} : { ca_pem }),
    };
  });
}
