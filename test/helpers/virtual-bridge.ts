/** The bridge's journal and projections on a clock of the test's, so that hours pass in seconds. */
import { DatabaseSync } from 'node:sqlite';
import { cutBatches } from '../../otel-bridge/delivery/cut-batches.ts';
import { encodeRecords } from '../../otel-bridge/delivery/encode-records.ts';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { OutboxRecord } from '../../otel-bridge/domain/outbox.ts';
import type { SampleRound } from '../../otel-bridge/domain/sample.ts';
import { eventRow } from '../../otel-bridge/journal/sqlite/event-row.ts';
import { createJournalCore } from '../../otel-bridge/journal/sqlite/journal-core.ts';
import { type LaneTargets, rowRecord } from '../../otel-bridge/journal/sqlite/outbox-table.ts';
import { NO_TARGETS } from './lane-targets.ts';

/** How often the bridge exports metrics, ms. */
export const EXPORT_INTERVAL_MS = 60_000;
/** After how much silence a session is not active any more, ms. */
export const IDLE_END_MS = 1_800_000;
const RECORDS_A_REQUEST = 500;

/** A time in which the bridge does nothing, unix ms; nothing happens in it either. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
  /** `stopped` = another process goes on after it; `asleep` = the same process goes on, unaware. */
  readonly how: 'stopped' | 'asleep';
}

/** What the bridge is to live through. */
export interface BridgeLife {
  /** Journal, empty or not there; it stays, so that a real bridge can go on with it. */
  readonly path: string;
  /** In order of time. */
  readonly events: readonly AgentEvent[];
  readonly startMs: number;
  readonly endMs: number;
  readonly absences: readonly Absence[];
  /** What samplers tell at a moment; they look at each multiple of `sampleMs` while the bridge is there. */
  readonly rounds: (atMs: number) => SampleRound[];
  readonly sampleMs: number;
}

/** What left the bridge. */
export interface BridgeOutput {
  /** In lane order. */
  readonly metrics: readonly OutboxRecord[];
  readonly logs: readonly OutboxRecord[];
  /** When it exported metrics, unix ms. */
  readonly exportsMs: readonly number[];
  /** When it was told samples, unix ms. */
  readonly samplesMs: readonly number[];
}

const TARGETS: LaneTargets = {
  ...NO_TARGETS,
  logs: ['loki'],
  'digest/logs': ['loki'],
  metrics: ['prometheus'],
};

/** Takes the events in as they happen, exports on time, and gives all records that left. */
export function liveThrough(life: BridgeLife): BridgeOutput {
  const { path, events, startMs, endMs, absences, rounds, sampleMs } = life;
  let nowMs = startMs;
  const open = () =>
    createJournalCore({
      path,
      targets: TARGETS,
      now: () => nowMs,
      settings: {
        settleMs: 10_000,
        historyAfterMs: 86_400_000,
        idleEndMs: IDLE_END_MS,
        rules: [],
        priceOf: () => null,
      },
    });
  let core = open();
  const outbox = new DatabaseSync(path, { readOnly: true });
  const waiting = outbox.prepare('SELECT seq, lane, record FROM outbox ORDER BY seq');
  const output = {
    metrics: [] as OutboxRecord[],
    logs: [] as OutboxRecord[],
    exportsMs: [] as number[],
    samplesMs: [] as number[],
  };
  const drain = (): void => {
    while (core.step());
  };
  const deliver = (): void => {
    const records = waiting.all().map(rowRecord);
    for (const [lane, target, into] of [
      ['metrics', 'prometheus', 'metrics'],
      ['logs', 'loki', 'logs'],
      ['digest/logs', 'loki', 'logs'],
    ] as const) {
      const ours = records.filter((record) => record.lane === lane);
      output[into].push(...ours);
      const last = ours.at(-1);
      if (last !== undefined) core.advanceCursor(target, lane, last.seq, []);
    }
  };
  let next = 0;
  for (let tickMs = startMs; tickMs <= endMs; tickMs += EXPORT_INTERVAL_MS) {
    const absence = absences.find(({ fromMs, toMs }) => tickMs > fromMs && tickMs <= toMs);
    if (absence !== undefined) {
      if (absence.how === 'stopped' && tickMs + EXPORT_INTERVAL_MS > absence.toMs) {
        core[Symbol.dispose]();
        nowMs = tickMs;
        core = open();
      }
      continue;
    }
    for (let event = events[next]; event !== undefined && event.tsMs <= tickMs; event = events[++next]) {
      nowMs = Math.max(nowMs, event.tsMs);
      drain();
      core.append([{ events: [eventRow(event, nowMs)], raw: [] }]);
    }
    nowMs = tickMs;
    if (tickMs % sampleMs === 0) {
      for (const round of rounds(tickMs)) core.putSamples(round);
      output.samplesMs.push(tickMs);
    }
    drain();
    core.exportMetrics();
    output.exportsMs.push(tickMs);
    deliver();
  }
  outbox.close();
  core[Symbol.dispose]();
  return output;
}

/** Posts records to a store's OTLP receiver, in order. @throws Error with the store's words when it refuses. */
export async function post(url: string, records: readonly OutboxRecord[]): Promise<void> {
  for (const batch of cutBatches(records)) {
    for (let from = 0; from < batch.length; from += RECORDS_A_REQUEST) {
      const body = encodeRecords(batch.slice(from, from + RECORDS_A_REQUEST), {
        name: 'agent-monitor',
        version: '0',
      });
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: Buffer.from(body),
      });
      if (!response.ok) throw new Error(`"${url}" answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }
}
