import { expect, it } from 'vitest';
import { createProjectionPace } from '../../../../otel-bridge/journal/sqlite/projection-pace.ts';

it('lets projections work at once, and for longer, while nobody appends', () => {
  const pace = createProjectionPace();
  const idle = pace.budgetMs(0);
  pace.worked(0, idle, true);
  expect(pace.nextMs(idle)).toBe(0);
  pace.appended(1000, 1000);
  expect(pace.budgetMs(1001)).toBeGreaterThan(0);
  expect(pace.budgetMs(1001)).toBeLessThan(idle);
});

it('gives projections a part of the time while appends keep coming, and never nothing', () => {
  const pace = createProjectionPace();
  let workedMs = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
    pace.appended(nowMs, nowMs);
    const budgetMs = pace.budgetMs(nowMs);
    if (budgetMs === 0) continue;
    pace.worked(nowMs, nowMs + budgetMs, true);
    workedMs += budgetMs;
    nowMs += budgetMs;
  }
  expect(workedMs).toBeGreaterThan(3500);
  expect(workedMs).toBeLessThan(4500);
});

it('gives projections less where appends alone would fill the time', () => {
  const pace = createProjectionPace();
  let workedMs = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 1) {
    pace.appended(nowMs, nowMs + 1);
    const budgetMs = pace.budgetMs(nowMs + 1);
    if (budgetMs === 0) continue;
    pace.worked(nowMs + 1, nowMs + 1 + budgetMs, true);
    workedMs += budgetMs;
    nowMs += budgetMs;
  }
  expect(workedMs).toBeGreaterThan(1500);
  expect(workedMs).toBeLessThan(2500);
});

it('gives projections all of the time soon after the last append', () => {
  const pace = createProjectionPace();
  pace.appended(0, 0);
  pace.worked(0, 100, true);
  expect(pace.budgetMs(101)).toBeGreaterThan(0);
  pace.appended(101, 101);
  expect(pace.budgetMs(102)).toBe(0);
  const waitMs = pace.nextMs(102);
  expect(waitMs).toBeLessThan(50);
  expect(pace.budgetMs(102 + waitMs)).toBeGreaterThan(0);
});

it('lets what comes in gather for a moment once nothing was left to do', () => {
  const pace = createProjectionPace();
  pace.worked(0, 2, false);
  pace.appended(3, 3);
  expect(pace.budgetMs(3)).toBe(0);
  const waitMs = pace.nextMs(3);
  expect(waitMs).toBeGreaterThan(20);
  expect(waitMs).toBeLessThan(100);
  expect(pace.budgetMs(3 + waitMs)).toBeGreaterThan(0);
});

it('has projections give way at once while they keep up, and later and later when they do not', () => {
  const pace = createProjectionPace();
  pace.appended(0, 0);
  pace.worked(0, 1, false);
  expect(pace.givesWay(60_000, 60_000)).toBe(true);
  pace.appended(60_000, 60_000);
  expect(pace.givesWay(60_050, 60_050)).toBe(true);
  pace.worked(60_050, 60_051, true);
  const patienceMs = (atMs: number): number => {
    for (let ms = 0; ; ms += 0.5) if (pace.givesWay(atMs, atMs + ms)) return ms;
  };
  expect(patienceMs(60_200)).toBeGreaterThan(0);
  expect(patienceMs(60_600)).toBeGreaterThan(patienceMs(60_200));
  pace.worked(60_600, 60_601, false);
  pace.appended(60_602, 60_602);
  expect(pace.givesWay(60_652, 60_652)).toBe(true);
});
