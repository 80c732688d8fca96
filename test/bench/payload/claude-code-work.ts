/** Everything that the recorded sessions of Claude Code sent and wrote, as often as one likes. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toEnvelope } from '../../../otel-bridge/domain/envelope.ts';
import type { Signal } from '../../../otel-bridge/domain/outbox.ts';
import {
  CLAUDE_SCENARIOS,
  recordedExports,
  servedRequests,
  transcriptEvents,
} from '../../helpers/claude-fixtures.ts';
import { replaceIds } from './claude-code.ts';

/** One request, as JSON. */
export interface RecordedPost {
  readonly path: '/v1/events' | '/v1/logs' | '/v1/metrics' | '/v1/traces';
  readonly body: string;
}

/** One copy of the work. */
export interface RecordedWork {
  readonly posts: readonly RecordedPost[];
  readonly modelCalls: number;
}

const FIXTURES = join(import.meta.dirname, '../../fixtures/claude-code');
const UNIX_NANO = /"(\d{19})"/g;
const TIMES = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?=\.\d+Z)/g;

/** The work of copy number `copy`: ids of its own, and times that end now. */
export function recordedWork(copy: number, nowMs: number): RecordedWork {
  const posts: RecordedPost[] = [];
  let modelCalls = 0;
  for (const scenario of CLAUDE_SCENARIOS) {
    modelCalls += servedRequests(scenario).length;
    for (const signal of ['logs', 'metrics', 'traces'] as const) {
      if (!hasRecordedExports(scenario, signal)) continue;
      for (const request of recordedExports(scenario, signal)) {
        posts.push({ path: `/v1/${signal}`, body: renew(JSON.stringify(request), copy, nowMs) });
      }
    }
    const envelopes = transcriptEvents(scenario).map(toEnvelope);
    if (envelopes.length > 0) {
      posts.push({ path: '/v1/events', body: renew(JSON.stringify(envelopes), copy, nowMs) });
    }
  }
  return { posts, modelCalls };
}

/** One recording is of a Claude Code that was told to send no spans. */
function hasRecordedExports(scenario: string, signal: Signal): boolean {
  return existsSync(join(FIXTURES, scenario, `otlp-${signal}.json`));
}

/** The same text with other ids, and with times of today. Digests of records follow from their texts. */
function renew(text: string, copy: number, nowMs: number): string {
  const today = new Date(nowMs - 60_000).toISOString().slice(0, 19);
  const nano = `${nowMs - 60_000}000000`;
  return replaceIds(text, (id, prefix, length) => `${prefix}${otherId(id, copy, length)}`)
    .replaceAll(UNIX_NANO, (_, old: string) => `"${nano.slice(0, 13)}${old.slice(13)}"`)
    .replaceAll(TIMES, today);
}

function otherId(id: string, copy: number, length: number): string {
  const hex = createHash('sha256').update(`${copy}:${id}`).digest('hex');
  if (length !== 36) return hex.slice(0, length);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
