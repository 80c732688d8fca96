import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import { LANES } from '../../../../otel-bridge/domain/outbox.ts';
import { eventRow } from '../../../../otel-bridge/journal/sqlite/event-row.ts';
import { openSqliteReadModel } from '../../../../otel-bridge/journal/sqlite/reader.ts';
import { JournalBench, SETTLE_MS, START_MS } from '../../../helpers/journal-bench.ts';
import { NO_TARGETS } from '../../../helpers/lane-targets.ts';
import { makeEvent } from '../../../helpers/make-event.ts';
import { waitUntil } from '../../../helpers/wait-until.ts';

const DAY_MS = 86_400_000;
const MAX_BYTES = 12e6;
const BATCH = 400;

/** Model calls of a day, with enough text that the journal fills soon. */
function calls(batch: number, dayMs: number): AgentEvent[] {
  return Array.from({ length: BATCH }, (_, n) =>
    makeEvent({
      id: `call-${batch}-${n}`,
      type: 'api.request',
      correlation: { sessionId: `s${batch % 7}` },
      tsMs: dayMs + n,
      payload: { model: 'm', input_tokens: 1, request_id: `r-${batch}-${n}`, note: 'x'.repeat(900) },
      attributes: { project: 'demo', agent: 'a' },
    }),
  );
}

function sizeOf(path: string): number {
  return statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

function inputTokens(bench: JournalBench): number {
  using model = openSqliteReadModel({
    path: bench.path,
    clock: () => bench.nowMs,
    idleEndMs: 1_800_000,
    abandonedAfterMs: 7_200_000,
  });
  return model.usage({ by: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, timezone: 'UTC' }).total.inputTokens;
}

/** As senders do: what is refused comes again. The oldest days go a few times a second, by the clock of the machine. */
async function appendOnceThereIsRoom(bench: JournalBench, events: readonly AgentEvent[]): Promise<void> {
  await waitUntil(
    () => {
      try {
        bench.append(...events);
        return '';
      } catch (error) {
        bench.drain();
        return String(error);
      }
    },
    (refusal) => refusal === '',
  );
}

it('keeps the files within the limit however much comes, and every figure exact', async () => {
  using bench = new JournalBench({ maxBytes: MAX_BYTES, targets: NO_TARGETS });
  let taken = 0;
  let largest = 0;
  for (let batch = 0; batch < 100; batch += 1) {
    bench.nowMs = START_MS + Math.floor(batch / 10) * DAY_MS;
    await appendOnceThereIsRoom(bench, calls(batch, bench.nowMs - 60_000));
    taken += BATCH;
    bench.pass(SETTLE_MS);
    largest = Math.max(largest, sizeOf(bench.path));
  }
  // 40,000 calls of more than a kilobyte each.
  expect(largest).toBeLessThanOrEqual(MAX_BYTES * 1.05);
  expect(inputTokens(bench)).toBe(taken);
  expect(bench.append(...calls(99, bench.nowMs)).length).toBe(BATCH);
  bench.pass(SETTLE_MS);
  expect(inputTokens(bench)).toBe(taken);
});

it('refuses more while what fills it waits for a target, deletes nothing of that, and goes on once it is delivered', async () => {
  using bench = new JournalBench({ maxBytes: MAX_BYTES });
  const body = Buffer.alloc(100_000, 'x');
  let taken = 0;
  const append = (): void => {
    bench.core.append([
      { events: [eventRow(makeEvent({ type: 'note' }), bench.nowMs)], raw: [{ lane: 'raw/logs', body }] },
    ]);
    taken += 1;
    bench.drain();
  };
  // The size is looked at a few times a second.
  await waitUntil(
    () => {
      try {
        append();
        return '';
      } catch (error) {
        return String(error);
      }
    },
    (said) => said.includes('retention.journal_size'),
  );
  expect(() => bench.core.probe()).toThrow(/wait for their targets/);
  using reader = new DatabaseSync(bench.path, { readOnly: true });
  const waiting = reader.prepare("SELECT count(*) AS count FROM outbox WHERE lane = 'raw/logs'");
  expect(Number(waiting.get()?.count)).toBe(taken);

  for (const lane of LANES) bench.core.advanceCursor('store', lane, Number.MAX_SAFE_INTEGER, []);
  await waitUntil(
    () => {
      bench.drain();
      try {
        append();
        return 'taken';
      } catch (error) {
        return String(error);
      }
    },
    (said) => said === 'taken',
  );
});
