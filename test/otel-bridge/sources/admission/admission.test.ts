import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { errorCode, MonitorError } from '../../../../otel-bridge/domain/error.ts';
import {
  type Admission,
  createAdmission,
  type Pass,
} from '../../../../otel-bridge/sources/admission/admission.ts';

const KIB = 1024;
const PATIENCE_MS = 1000;

let nowMs: number;
let admission: Admission;
beforeEach(() => {
  nowMs = 0;
  admission = createAdmission({
    limitBytes: 1000 * KIB,
    maxRequests: 5,
    patienceMs: PATIENCE_MS,
    clock: () => nowMs,
  });
});

/** Lets a request in that holds so many bytes. */
function enter(bytes: number, evict = (): void => undefined): Pass {
  const pass = admission.enter({ bytes, evict });
  pass.hold(bytes);
  return pass;
}

/** How work is refused; null where it is taken. */
function refusal(work: () => unknown): { code: string; retryAfterS: number | undefined } | null {
  try {
    work();
    return null;
  } catch (error) {
    return { code: errorCode(error), retryAfterS: (error as MonitorError).retryAfterS };
  }
}

const BUSY = { code: 'unavailable', retryAfterS: 1 };

describe('the admission', () => {
  it('refuses what would be beyond its bytes, says when to come back, and takes it when others are done', () => {
    const first = enter(500 * KIB);
    expect(refusal(() => enter(300 * KIB))).toEqual(BUSY);
    first[Symbol.dispose]();
    expect(refusal(() => enter(300 * KIB))).toBeNull();
  });

  it('keeps room for small requests while large ones fill theirs', () => {
    enter(700 * KIB);
    expect(refusal(() => enter(100 * KIB))).toEqual(BUSY);
    expect(refusal(() => enter(60 * KIB))).toBeNull();
  });

  it('refuses what would be one request too many, however small', () => {
    const passes = Array.from({ length: 5 }, () => enter(1));
    expect(refusal(() => enter(1))).toEqual(BUSY);
    passes[0]?.[Symbol.dispose]();
    expect(refusal(() => enter(1))).toBeNull();
  });

  it('refuses a request that grows beyond the room while it is inflated, and counts what it held before', () => {
    const pass = enter(1);
    expect(refusal(() => pass.hold(900 * KIB))).toEqual(BUSY);
    pass.hold(700 * KIB);
    expect(refusal(() => enter(100 * KIB))).toEqual(BUSY);
  });

  it('makes room by giving up the largest request that arrives slowly, and no other', () => {
    const evicted: string[] = [];
    const slow = enter(400 * KIB, () => evicted.push('slow'));
    const here = enter(300 * KIB, () => evicted.push('here'));
    here.arrived();
    expect(refusal(() => enter(100 * KIB))).toEqual(BUSY);
    nowMs = PATIENCE_MS;
    const fresh = enter(200 * KIB, () => evicted.push('fresh'));
    expect(evicted).toEqual(['slow']);
    // What still comes of it is not counted.
    slow.hold(700 * KIB);
    expect(refusal(() => fresh.hold(450 * KIB))).toBeNull();
  });

  it('gives up nobody who holds less than what wants to come in', () => {
    enter(400 * KIB).arrived();
    const evicted: string[] = [];
    enter(300 * KIB, () => evicted.push('smaller'));
    nowMs = PATIENCE_MS;
    expect(refusal(() => enter(350 * KIB))).toEqual(BUSY);
    expect(evicted).toEqual([]);
  });

  it('refuses batches that waited long before anybody looked at them, and no single event', () => {
    let lagMs = 300;
    const late = createAdmission({ lagMs: () => lagMs });
    const arrive = (bytes: number) => late.enter({ bytes, evict: () => undefined });
    expect(refusal(() => arrive(100 * KIB))).toEqual(BUSY);
    expect(refusal(() => arrive(60 * KIB))).toBeNull();
    lagMs = 200;
    expect(refusal(() => arrive(100 * KIB))).toBeNull();
  });

  it('is busy from half of its room on', () => {
    expect(admission.isBusy).toBe(false);
    const pass = enter(600 * KIB);
    expect(admission.isBusy).toBe(true);
    pass[Symbol.dispose]();
    expect(admission.isBusy).toBe(false);
  });

  it('unfolds large requests one after the other, also when one fails', async () => {
    const roomy = createAdmission();
    let atOnce = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      throw new MonitorError('invalid', 'no');
    };
    const large = Array.from({ length: 4 }, () => {
      const pass = roomy.enter({ bytes: 0, evict: () => undefined });
      pass.hold(2 * KIB * KIB);
      return pass.unfold(work).catch(errorCode);
    });
    expect(await Promise.all(large)).toEqual(['invalid', 'invalid', 'invalid', 'invalid']);
    expect(most).toBe(1);
  });

  it('has all of its room again whatever came, grew, was given up and went', () => {
    const step = fc.record({
      what: fc.constantFrom('enter', 'hold', 'arrived', 'leave', 'wait'),
      which: fc.nat(9),
      bytes: fc.nat(900 * KIB),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        nowMs = 0;
        admission = createAdmission({ limitBytes: 1000 * KIB, maxRequests: 5, clock: () => nowMs });
        const passes: Pass[] = [];
        for (const { what, which, bytes } of steps) {
          const pass = passes[which % Math.max(1, passes.length)];
          if (what === 'enter') refusal(() => passes.push(enter(bytes)));
          else if (what === 'hold') refusal(() => pass?.hold(bytes));
          else if (what === 'arrived') pass?.arrived();
          else if (what === 'leave') pass?.[Symbol.dispose]();
          else nowMs += 600;
        }
        for (const pass of passes) pass[Symbol.dispose]();
        expect(admission.isBusy).toBe(false);
        expect(refusal(() => enter(750 * KIB))).toBeNull();
        for (let count = 0; count < 4; count += 1) expect(refusal(() => enter(60 * KIB))).toBeNull();
        expect(refusal(() => enter(1))).toEqual(BUSY);
      }),
    );
  });
});
