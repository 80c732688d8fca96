import { join } from 'node:path';
import type { BridgeConfig } from '../../otel-bridge/config.ts';

const DAY_MS = 86_400_000;

const EMPTY_LISTS = { commands: [], paths: [], tools: [], domains: [] };

/** Guardrails that let everything through. */
export const NO_GUARDRAILS: BridgeConfig['guardrails']['default'] = {
  mode: 'observe',
  max_tokens_per_task: null,
  max_file_operations: null,
  max_duration_ms: null,
  max_cost_usd: null,
  max_cost_per_day_usd: null,
  max_failures_in_row: null,
  max_repeats: null,
  allow: EMPTY_LISTS,
  deny: EMPTY_LISTS,
};

/** The configuration that the default settings give, on one folder, without targets and for senders of this machine. */
export function makeBridgeConfig(folder: string, ports: BridgeConfig['ports']): BridgeConfig {
  return {
    version: 1,
    runtime: 'embedded',
    listen: ['127.0.0.1'],
    ports,
    journal_path: join(folder, 'journal.db'),
    state_dir: folder,
    token_secret_file: join(folder, 'token-secret'),
    auth: { require_tokens: false, allow_unauthenticated_from: [] },
    allowed_hosts: ['localhost', '127.0.0.1'],
    targets: [],
    telemetry: {
      metric_interval_ms: 10_000,
      log_interval_ms: 5000,
      traces: true,
      include_account: false,
      self: false,
    },
    privacy: {
      prompts: false,
      responses: false,
      tool_arguments: false,
      tool_output: false,
      file_paths: true,
      redact: ['defaults'],
    },
    projects: [],
    timezone: 'UTC',
    facts: { settle_ms: 10_000, history_after_ms: DAY_MS },
    sessions: { idle_end_ms: 1_800_000, abandoned_after_ms: 7_200_000, snapshot_interval_ms: null },
    host: null,
    prices: {},
    guardrails: { default: NO_GUARDRAILS, projects: {} },
    billing: {},
    retention: { journal_ms: 90 * DAY_MS, journal_size_bytes: 1e10 },
  };
}
