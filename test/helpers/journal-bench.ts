import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';
import type { AppendStatus } from '../../otel-bridge/domain/journal.ts';
import type { MetricPoint } from '../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../otel-bridge/journal/sqlite/event-row.ts';
import {
  createJournalCore,
  type JournalCore,
  type JournalCoreOptions,
} from '../../otel-bridge/journal/sqlite/journal-core.ts';
import { allLanesTo } from './lane-targets.ts';

const TARGETS = allLanesTo('store');
/** Where the clock of a `JournalBench` starts, unix ms. */
export const START_MS = Date.parse('2026-11-20T12:00:00Z');
/** How long facts wait in a `JournalBench`, ms. */
export const SETTLE_MS = 10_000;

/** A journal on a temporary file, with a clock that the test moves. */
export class JournalBench implements Disposable {
  readonly folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'journal-'));
  readonly options: Partial<JournalCoreOptions>;
  nowMs = START_MS;
  core: JournalCore;

  constructor(options: Partial<JournalCoreOptions> = {}) {
    this.options = options;
    this.core = this.open();
  }

  get path(): string {
    return join(this.folder, 'journal.db');
  }

  open(): JournalCore {
    return createJournalCore({
      path: this.path,
      targets: TARGETS,
      ...this.options,
      now: () => this.nowMs,
      settings: {
        settleMs: SETTLE_MS,
        historyAfterMs: 86_400_000,
        idleEndMs: 1_800_000,
        rules: [],
        priceOf: ({ model, usage }) => (model === 'priced' ? (usage.input_tokens ?? 0) * 1000 : null),
      },
    });
  }

  reopen(): void {
    this.core[Symbol.dispose]();
    this.core = this.open();
  }

  append(...events: AgentEvent[]): AppendStatus[] {
    const [statuses] = this.core.append([
      { events: events.map((event) => eventRow(event, this.nowMs)), raw: [] },
    ]);
    this.drain();
    return statuses ?? [];
  }

  drain(): void {
    while (this.core.step());
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.drain();
  }

  records<T>(lane: string): T[] {
    const reader = new DatabaseSync(this.path, { readOnly: true });
    const rows = reader.prepare('SELECT record FROM outbox WHERE lane = ? ORDER BY seq').all(lane);
    reader.close();
    return rows.map((row) => JSON.parse(Buffer.from(row.record as Uint8Array).toString('utf8')) as T);
  }

  /** Rows of any SQL. */
  query(sql: string): Record<string, unknown>[] {
    const reader = new DatabaseSync(join(this.folder, 'journal.db'), { readOnly: true });
    const rows = reader.prepare(sql).all();
    reader.close();
    return rows;
  }

  /** Tokens that are shown at this moment, of all calls and of what is known as a sum alone. */
  shownTokens(): number {
    const [row] = this.query(
      'SELECT coalesce(sum(input_tokens + output_tokens), 0) AS tokens FROM facts WHERE superseded = 0',
    );
    return Number(row?.tokens);
  }

  /** The newest value of a counter, summed over its series; `where` names attributes or resource attributes. */
  counter(metric: string, where: Record<string, string> = {}): number {
    this.core.exportMetrics();
    const newest = new Map<number, number>();
    for (const point of this.records<MetricPoint>('metrics')) {
      const labels: Record<string, unknown> = { ...point.resource, ...point.attributes };
      if (point.metric !== metric || !Object.entries(where).every(([name, value]) => labels[name] === value))
        continue;
      newest.set(point.seriesId, typeof point.value === 'number' ? point.value : point.value.count);
    }
    return [...newest.values()].reduce((sum, value) => sum + value, 0);
  }

  /** The values that a label has among the series of a metric. */
  labels(metric: string, label: string): string[] {
    this.core.exportMetrics();
    const values = this.records<MetricPoint>('metrics')
      .filter((point) => point.metric === metric)
      .map((point) => ({ ...point.resource, ...point.attributes })[label]);
    return [...new Set(values.map(String))].sort();
  }

  [Symbol.dispose](): void {
    this.core[Symbol.dispose]();
    rmSync(this.folder, { recursive: true });
  }
}
