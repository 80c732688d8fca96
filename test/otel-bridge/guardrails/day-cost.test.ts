import { expect, it } from 'vitest';
import type { Usage, UsageQuery } from '../../../otel-bridge/domain/read-model.ts';
import { createDayCost } from '../../../otel-bridge/guardrails/day-cost.ts';

it('is what a project cost since midnight where the bridge is, taken anew after some seconds and on a new day', () => {
  const asked: UsageQuery[] = [];
  let nowMs = Date.parse('2026-11-21T22:59:50Z');
  const usage = (query: UsageQuery) => {
    asked.push(query);
    return { rows: [], total: { costNanoUsd: asked.length } } as unknown as Usage;
  };
  const dayCostOf = createDayCost({ usage }, 'Europe/Berlin', () => nowMs);
  expect(dayCostOf('shop')).toMatchObject({ date: '2026-11-21', costNanoUsd: 1 });
  nowMs += 4000;
  expect(dayCostOf('shop').costNanoUsd).toBe(1);
  nowMs += 2000;
  expect(dayCostOf('shop').costNanoUsd).toBe(2);
  // Midnight in Berlin.
  nowMs += 4000;
  expect(dayCostOf('shop')).toMatchObject({ date: '2026-11-22', costNanoUsd: 3 });
  expect(asked.map(({ fromMs, project }) => [new Date(fromMs).toISOString(), project])).toEqual([
    ['2026-11-20T23:00:00.000Z', 'shop'],
    ['2026-11-20T23:00:00.000Z', 'shop'],
    ['2026-11-21T23:00:00.000Z', 'shop'],
  ]);
});
