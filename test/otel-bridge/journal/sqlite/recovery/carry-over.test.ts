import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { JournalBench, SETTLE_MS, START_MS } from '../../../../helpers/journal-bench.ts';
import { makeEvent } from '../../../../helpers/make-event.ts';
import { readFigures } from '../../../../helpers/read-figures.ts';

const DAY_MS = 86_400_000;

function calls(daysAgo: number) {
  return [1, 2, 3].map((n) =>
    makeEvent({
      id: `call-${daysAgo}-${n}`,
      type: 'api.request',
      origin: 'telemetry',
      correlation: { sessionId: 's1', runId: 'r1' },
      tsMs: START_MS - daysAgo * DAY_MS + n,
      payload: { model: 'priced', input_tokens: n, request_id: `req-${daysAgo}-${n}` },
    }),
  );
}

it('what was pruned stays known over a damaged file, and nothing claims counters that are lost', () => {
  using bench = new JournalBench();
  const old = calls(3);
  bench.append(...old, ...calls(0));
  bench.pass(SETTLE_MS);
  while (bench.core.prune({ beforeMs: START_MS - 2 * DAY_MS }).more);
  const figures = readFigures(bench.path, START_MS);
  bench.core[Symbol.dispose]();
  {
    using writer = new DatabaseSync(bench.path);
    expect(writer.prepare('SELECT 1 FROM facts WHERE counted IS NOT NULL').all()).not.toEqual([]);
    writer.exec("UPDATE series SET value = 'no number'");
    // It goes with the counters.
    writer.exec("DELETE FROM meta WHERE key = 'known_until_ms'");
  }
  bench.core = bench.open();
  expect(bench.core.quarantined).toMatchObject([{ countersKept: false, facts: 3 }]);
  expect(readFigures(bench.path, START_MS)).toEqual(figures);
  bench.append(...old);
  bench.pass(SETTLE_MS);
  expect(readFigures(bench.path, START_MS)).toEqual(figures);
  using reader = new DatabaseSync(bench.path, { readOnly: true });
  expect(reader.prepare('SELECT 1 FROM facts WHERE counted IS NOT NULL').all()).toEqual([]);
});
