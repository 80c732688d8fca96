import { describe, expect, it } from 'vitest';
import type { ImportStatus } from '../../../cli/bridge-api/service-status.ts';
import { renderHistory } from '../../../cli/history/watch-import.ts';

const progress: ImportStatus = {
  state: 'done',
  files_total: 1200,
  files_done: 1200,
  events: 34_567,
  sessions: 1100,
  oldest: new Date(2026, 9, 23, 12).toISOString(),
  newest: new Date(2026, 10, 21, 12).toISOString(),
};

describe('renderHistory()', () => {
  it.each([
    [progress, '1,200 of 1,200 transcripts: 1,100 sessions, 34,567 events, 2026-10-23 to 2026-11-21'],
    [
      { ...progress, events: 0, sessions: 0, oldest: null, newest: null },
      '1,200 transcripts, nothing new in them',
    ],
    [
      { ...progress, files_total: 0, files_done: 0, events: 0, oldest: null, newest: null },
      'no transcripts yet; new ones are taken in as they are written',
    ],
    [
      { ...progress, state: 'running' as const, files_done: 300 },
      '300 of 1,200 transcripts: 1,100 sessions, 34,567 events, 2026-10-23 to 2026-11-21; it goes on in the background',
    ],
    [
      { ...progress, state: 'failed' as const, files_done: 1, oldest: null, newest: null },
      'stopped after 1 of 1,200 transcripts: 1,100 sessions, 34,567 events: see monitor logs host',
    ],
    [null, 'transcripts are not taken in'],
  ])('%o', (status, text) => {
    expect(renderHistory(status)).toBe(text);
  });
});
