import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { FAST, runDelivery, targetAt } from '../../helpers/delivery-fixture.ts';
import { MemoryJournal } from '../../helpers/memory-journal.ts';
import { startOtlpTarget, type TargetAnswer } from '../../helpers/otlp-target.ts';
import { logRecord, metricPoint, namesOf } from '../../helpers/outbox-records.ts';

/** Trouble that has nothing to do with what is sent. */
const TROUBLE: readonly TargetAnswer[] = [
  { status: 429 },
  { status: 500 },
  { status: 503, headers: { 'retry-after': '0' } },
  { status: 401 },
  'reset',
];

/** One run: which answers go wrong by chance, and which records are bad. */
const scenario = fc.record({
  records: fc.integer({ min: 1, max: 60 }),
  bad: fc.uniqueArray(fc.nat(59), { maxLength: 6 }),
  trouble: fc.array(fc.option(fc.constantFrom(...TROUBLE), { freq: 1 }), { maxLength: 40 }),
  series: fc.integer({ min: 1, max: 8 }),
  isMetrics: fc.boolean(),
});

test('whatever a target answers, each record arrives at least once and in order, and exactly the bad ones are set aside', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ records, bad, trouble, series, isMetrics }) => {
      const name = (i: number): string => (isMetrics ? `model-${i % series}=${i}` : `r${i}`);
      const badNames = bad.filter((i) => i < records).map(name);
      await using target = await startOtlpTarget(({ request }, index): TargetAnswer => {
        const accident = trouble[index];
        if (accident !== null && accident !== undefined) return accident;
        return namesOf(request).some((n) => badNames.includes(n)) ? { status: 400 } : { status: 200 };
      });
      const journal = new MemoryJournal();
      const all = Array.from({ length: records }, (_, i) => i);
      const seqs = isMetrics
        ? journal.put(...all.map((i) => metricPoint(i % series, i)))
        : journal.put(...all.map((i) => logRecord(name(i))));
      await using _run = runDelivery([targetAt(target.url)], { journal, timings: FAST });
      const lane = isMetrics ? 'metrics' : 'logs';
      await vi.waitFor(() => expect(journal.cursors.get(`collector ${lane}`)).toBe(seqs.at(-1)), {
        timeout: 20_000,
        interval: 2,
      });

      const accepted = target.requests.filter(
        ({ answer }) => typeof answer === 'object' && answer.status === 200,
      );
      const firstArrivals = [...new Set(accepted.flatMap(({ request }) => namesOf(request)))];
      const good = all.map(name).filter((n) => !badNames.includes(n));
      expect(new Set(firstArrivals)).toEqual(new Set(good));
      if (isMetrics) {
        for (let s = 0; s < series; s += 1) {
          const ofSeries = (names: string[]): string[] => names.filter((n) => n.startsWith(`model-${s}=`));
          expect(ofSeries(firstArrivals)).toEqual(ofSeries(good));
        }
        for (const { request } of target.requests) {
          const inOne = namesOf(request).map((n) => n.split('=')[0]);
          expect(new Set(inOne).size).toBe(inOne.length);
        }
      } else expect(firstArrivals).toEqual(good);
      expect(journal.deadLetters.map(({ seq }) => seq)).toEqual(
        all.filter((i) => badNames.includes(name(i))).map((i) => seqs[i]),
      );
    }),
    { numRuns: 60 },
  );
}, 60_000);
