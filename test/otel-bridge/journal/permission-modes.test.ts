import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../otel-bridge/domain/event.ts';
import type { LogRecord } from '../../../otel-bridge/domain/outbox.ts';
import {
  bypassStretches,
  type ModeMark,
  modeMarkOf,
  withMark,
  withSeen,
} from '../../../otel-bridge/projections/permission-modes.ts';
import { JournalBench, START_MS } from '../../helpers/journal-bench.ts';
import { makeEvent } from '../../helpers/make-event.ts';
import { createRandom } from '../../helpers/seeded-random.ts';

/** Seconds since the session began, type, payload. */
type Told = readonly [seconds: number, type: string, payload?: JsonObject];

const BYPASS = 'bypassPermissions';
const change = (from: string, to: string) => ({ from_mode: from, to_mode: to });
const isIn = (mode: string) => ({ permission_mode: mode });
const INTO: Told = [5, 'mode.change', change('plan', BYPASS)];
const RESUMED = { start_type: 'resume' };

/** Seconds in which nobody was asked, `from-to`. */
function bypassed(events: readonly Told[]): string[] {
  let marks: readonly ModeMark[] = [];
  for (const [seconds, type, payload = {}] of events) {
    const mark = modeMarkOf({ type, payload }, seconds * 1000);
    marks = mark === null ? withSeen(marks, seconds * 1000) : withMark(marks, mark);
  }
  return bypassStretches(marks, (events[0]?.[0] ?? 0) * 1000).map(
    ({ fromMs, toMs }) => `${fromMs / 1000}-${toMs / 1000}`,
  );
}

describe('time in bypass mode', () => {
  it.each<[string, readonly Told[], readonly string[]]>([
    [
      'never, in other modes',
      [
        [0, 'session.start'],
        [5, 'mode.change', change('default', 'plan')],
        [9, 'session.end'],
      ],
      [],
    ],
    [
      'from a change to the next',
      [INTO, [9, 'mode.change', change(BYPASS, 'plan')], [20, 'prompt']],
      ['5-9'],
    ],
    ['to the end of the session', [INTO, [6, 'prompt'], [30, 'session.end'], [31, 'api.request']], ['5-30']],
    ['to the newest event of one that goes on', [INTO, [6, 'prompt'], [42, 'span.end']], ['5-42']],
    [
      'from the beginning where the first word says so',
      [
        [0, 'session.start'],
        [50, 'prompt', isIn(BYPASS)],
        [60, 'span.end'],
      ],
      ['0-50', '50-60'],
    ],
    [
      'from the first event where the first change leaves it',
      [
        [3, 'prompt'],
        [50, 'mode.change', change(BYPASS, 'default')],
      ],
      ['3-50'],
    ],
    [
      'not between two processes, of which the first was killed',
      [INTO, [20, 'prompt'], [4000, 'session.start', RESUMED], [4010, 'prompt', isIn('default')]],
      ['5-20'],
    ],
    [
      'not where a process that was killed told nothing',
      [
        [0, 'session.start'],
        [20, 'prompt'],
        [4000, 'session.start', RESUMED],
        [4010, 'prompt', isIn(BYPASS)],
      ],
      ['4000-4010'],
    ],
    [
      'again where a resumed one bypasses them',
      [
        INTO,
        [20, 'session.end'],
        [900, 'session.start', { ...RESUMED, ...isIn(BYPASS) }],
        [930, 'session.end'],
      ],
      ['5-20', '900-930'],
    ],
    [
      'through a compaction, which begins no process',
      [INTO, [20, 'session.start', { start_type: 'compact' }], [30, 'prompt']],
      ['5-30'],
    ],
    [
      'whatever mode a sub-agent has',
      [
        [0, 'session.start'],
        [5, 'span.start', { ...isIn(BYPASS), subagent_id: 'a' }],
        [9, 'prompt', isIn('plan')],
      ],
      [],
    ],
    [
      'from its beginning, which two doors tell',
      [
        [0, 'session.start'],
        [3, 'session.start'],
        [9, 'prompt', isIn('yolo')],
      ],
      ['0-9'],
    ],
    [
      'never where an agent only refuses, or keeps to its sandbox',
      [
        [0, 'session.start', isIn('never/workspace-write')],
        [5, 'mode.change', change('never/workspace-write', 'dontAsk')],
        [9, 'prompt'],
      ],
      [],
    ],
    [
      'in the modes of other agents',
      [
        [0, 'session.start'],
        [0, 'mode.change', { to_mode: 'never/danger-full-access' }],
        [9, 'prompt'],
      ],
      ['0-9'],
    ],
  ])('%s', (_, events, expected) => {
    expect(bypassed(events)).toEqual(expected);
  });

  it('does not grow with what is told again and again', () => {
    let marks: readonly ModeMark[] = [];
    for (let ms = 0; ms < 10_000; ms += 10) {
      const mark = modeMarkOf({ type: 'prompt', payload: isIn(BYPASS) }, ms);
      if (mark !== null) marks = withMark(marks, mark);
    }
    expect(marks).toHaveLength(2);
    expect(bypassStretches(marks, 0).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBe(9990);
  });
});

describe('records of it', () => {
  const told = (bench: JournalBench): LogRecord[] =>
    bench.records<LogRecord>('digest/logs').filter(({ attributes }) => attributes.bypass_ms !== undefined);
  const sumOf = (records: readonly LogRecord[]): number =>
    records.reduce((sum, { attributes }) => sum + Number(attributes.bypass_ms), 0);
  const at = (seconds: number, type: string, payload: JsonObject = {}) =>
    makeEvent({
      ...{ id: `${seconds}-${type}`, type, tsMs: START_MS + seconds * 1000, payload },
      correlation: { sessionId: 's' },
      attributes: { project: 'demo "x"', agent: 'zap' },
    });
  const live = (bench: JournalBench, untilS: number): void => {
    for (; bench.nowMs < START_MS + untilS * 1000; bench.pass(10_000)) bench.core.exportMetrics();
    bench.core.exportMetrics();
  };
  const EVENTS = [
    at(0, 'session.start'),
    at(30, 'mode.change', change('default', BYPASS)),
    at(70, 'prompt'),
    at(700, 'mode.change', change(BYPASS, 'default')),
    at(710, 'prompt', isIn('default')),
    at(800, 'mode.change', change('default', BYPASS)),
    at(830, 'session.end'),
  ];

  it('add up minute by minute, whenever the bridge is killed and whatever comes late', () => {
    const random = createRandom(3);
    for (let round = 0; round < 6; round += 1) {
      using bench = new JournalBench();
      // What comes late corrects what was told.
      const arrivals = EVENTS.map((event) => ({
        event,
        s: (event.tsMs - START_MS) / 1000 + (round === 0 ? 0 : random() * 200),
      })).toSorted((a, b) => a.s - b.s);
      for (const { event, s } of arrivals) {
        live(bench, s);
        bench.append(event);
        if (random() < 0.3) bench.reopen();
      }
      live(bench, 1200);
      const records = told(bench);
      expect(sumOf(records)).toBe((670 + 30) * 1000);
      const minute = ({ timeUnixNano }: LogRecord) => Number(BigInt(timeUnixNano) / 60_000_000_000n);
      const byMinute = [...Map.groupBy(records, minute).values()].map((group) => sumOf(group) / 1000);
      // 12:00:30 to 12:11:40, and 12:13:20 to 12:13:50.
      const minutes = [30, 30, 40, ...Array<number>(10).fill(60)];
      expect(byMinute.filter((s) => s !== 0).toSorted((a, b) => a - b)).toEqual(minutes);
      expect(records[0]?.resource).toMatchObject({
        project: 'demo "x"',
        agent: 'zap',
        'service.name': 'agent-monitor-sessions',
      });
      // Two records of one stream, time and line are one to Loki.
      expect(new Set(records.map(({ timeUnixNano, body }) => `${timeUnixNano} ${body}`)).size).toBe(
        records.length,
      );
    }
  });

  it('are not told of what was forgotten', () => {
    using bench = new JournalBench();
    bench.append(at(0, 'mode.change', change('default', BYPASS)), at(50, 'prompt'));
    while (bench.core.prune({ sessionId: 's' }).more);
    live(bench, 300);
    expect(told(bench)).toEqual([]);
    expect(bench.query('SELECT * FROM permission_modes')).toEqual([]);
  });

  it('are told of the last day of a silence', () => {
    using bench = new JournalBench();
    bench.append(at(0, 'mode.change', change('default', BYPASS)));
    live(bench, 120);
    bench.pass(3 * 86_400_000);
    bench.append(at(3 * 86_400, 'prompt'));
    live(bench, 3 * 86_400 + 240);
    expect(sumOf(told(bench))).toBeGreaterThan(86_400_000 - 600_000);
    expect(sumOf(told(bench))).toBeLessThanOrEqual(86_400_000);
  });
});
