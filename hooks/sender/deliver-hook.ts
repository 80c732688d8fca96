import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendToSpool,
  isMissing,
  isSpooled,
  sealLargeQueue,
} from '../../otel-bridge/host/spool/append-to-spool.ts';
import { drainSpool } from '../../otel-bridge/host/spool/drain-spool.ts';
import { post } from './post.ts';
import type { SenderConfig } from './sender-config.ts';

/** A hook that fired, as the bridge reads it (sources/hooks/hook-firing.ts). */
export interface HookRecord {
  /** Which agent's hook: the last part of the route. */
  readonly hook: string;
  readonly id: string;
  /** Unix ms. */
  readonly fired: number;
  readonly host: string;
  readonly project?: string;
  readonly agent?: string;
  readonly repository?: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Hooks whose answer decides whether the agent may go on: they are always asked, never kept for later first. */
const ASKING = new Set(['PreToolUse']);
/** After a failure nobody is asked for so long, so that many hooks in a row do not wait one after the other. */
const AWAY_MS = 2000;
const AWAY_FILE = 'away';
/** Longer texts of a record that must be kept are cut. */
const MAX_KEPT_TEXT = 64 * 1024;

/**
 * Delivers a hook, or keeps it in the spool where nobody takes it; what was kept before goes first.
 * @param leftMs how long it may take from now on
 * @returns what the agent is to be told; empty where nothing is
 * @throws the file system's own error where it could be neither delivered nor kept
 */
export async function deliverHook(
  record: HookRecord,
  config: SenderConfig,
  leftMs: () => number,
): Promise<string> {
  const { spool } = config;
  const asks = ASKING.has(String(record.input.hook_event_name));
  if (isAway(spool)) {
    keep(spool, record);
    return '';
  }
  if (isSpooled(spool) && !asks) {
    keep(spool, record);
    await drain(config, leftMs, 1);
    return '';
  }
  try {
    const { status, body } = await post({ ...requestOf(record, config), timeoutMs: leftMs() });
    if (status === 200) return body.startsWith('{') ? body : '';
    keep(spool, record);
  } catch {
    // Nobody answers: the next hook and the host part find it in the spool.
    keep(spool, record);
    sayAway(spool);
  }
  return '';
}

function requestOf(record: HookRecord, { url, token }: SenderConfig) {
  const { hook, input, ...described } = record;
  const headers = Object.fromEntries(
    Object.entries(described).map(([name, value]) => [
      `x-agent-monitor-${name}`,
      encodeURIComponent(String(value)),
    ]),
  );
  return {
    url: new URL(`/v1/hooks/${hook}`, url),
    headers: { ...headers, ...authorization(token), 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(input)),
  };
}

/** Hooks that fire in this time after one that was kept are delivered with it: one process does for all, ms. */
const LINGER_MS = 1200;
/** How long an answer is waited for where no agent waits, ms. */
const PATIENCE_MS = 10_000;

/** Delivers what was kept, and what is kept meanwhile; nobody waits for it. */
export async function drainKept(config: SenderConfig): Promise<void> {
  const { spool } = config;
  // While nobody takes anything no other process looks after the size of the queue.
  sealLargeQueue(spool);
  await drain(config, () => PATIENCE_MS, Number.POSITIVE_INFINITY);
  if (isAway(spool)) return;
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  await drain(config, () => PATIENCE_MS, Number.POSITIVE_INFINITY);
}

/** Delivers what was kept, as far as the time allows. */
async function drain(
  { url, token, spool }: SenderConfig,
  leftMs: () => number,
  maxBatches: number,
): Promise<void> {
  try {
    await drainSpool({
      folder: spool,
      maxBatches,
      post: async (body) => {
        const { status } = await post({
          url: new URL('/v1/hooks', url),
          headers: { ...authorization(token), 'content-type': 'application/x-ndjson' },
          body,
          timeoutMs: leftMs(),
        });
        if (status === 202) return 'sent';
        if (status === 400 || status === 413) return 'refused';
        throw new Error(`the bridge answered ${status}`);
      },
    });
  } catch {
    // It stays where it is: the next hook or the host part delivers it.
    sayAway(spool);
  }
}

function authorization(token: string | null): Record<string, string> {
  return token === null ? {} : { 'x-agent-monitor-token': token };
}

function keep(spool: string, record: HookRecord): void {
  let line = JSON.stringify(record);
  if (line.length > 4 * MAX_KEPT_TEXT) {
    line = JSON.stringify(record, (_, value: unknown) =>
      typeof value === 'string' ? value.slice(0, MAX_KEPT_TEXT) : value,
    );
  }
  appendToSpool(spool, line);
}

function isAway(spool: string): boolean {
  try {
    const ageMs = Date.now() - statSync(join(spool, AWAY_FILE)).mtimeMs;
    return ageMs >= 0 && ageMs < AWAY_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function sayAway(spool: string): void {
  // The shell script reads it, too.
  writeFileSync(join(spool, AWAY_FILE), `${Math.floor(Date.now() / 1000)}\n`, { mode: 0o600 });
}
