import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { startLagMeter } from '../../../../otel-bridge/sources/admission/lag-meter.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('says how long a turn goes on when the one before was long as well, and nothing of a single pause', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  let nowMs = 0;
  using meter = startLagMeter({ longTurnMs: 100, clock: () => nowMs });
  const turn = (lengthMs: number): void => {
    nowMs += lengthMs;
    vi.advanceTimersByTime(50);
  };
  turn(50);
  nowMs += 700;
  expect(meter.lagMs()).toBe(0);
  turn(0);
  nowMs += 300;
  expect(meter.lagMs()).toBe(300);
  turn(0);
  turn(50);
  nowMs += 300;
  expect(meter.lagMs()).toBe(0);
});

it('sees no lag while nothing keeps the process', async () => {
  using meter = startLagMeter({ longTurnMs: 60_000 });
  await delay(50);
  expect(meter.lagMs()).toBe(0);
});
