import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsd } from '../../../cli/output/format-usd.ts';
import { renderUsage } from '../../../cli/output/render-usage.ts';

const totals = {
  sessions: 1,
  runs: 2,
  tool_calls: 3,
  tasks: 2,
  tasks_failed: 1,
  lines_added: 120,
  lines_removed: 8,
  commits: 1,
  pull_requests: 0,
  cost_per_task_micro_usd: 1_000_000,
  cost_per_commit_micro_usd: 2_000_000,
  cost_per_100_lines_micro_usd: null,
  tokens_per_task: null,
  tokens_per_commit: null,
  tokens_per_100_lines: null,
  errors: 0,
  input_tokens: 1_234_567,
  output_tokens: 5,
  cache_read_tokens: 6,
  cache_creation_tokens: 7,
  cost_micro_usd: 1_234_500_000,
};

describe('renderUsage()', () => {
  it('aligns numbers to the right and ends with the sum', () => {
    const rows = [
      { ...totals, key: { day: '2026-11-20' } },
      { ...totals, input_tokens: 1, cost_micro_usd: 12, key: { day: '2026-11-19' } },
    ];
    const total = {
      ...totals,
      sessions: 2,
      input_tokens: 1_234_568,
      cost_micro_usd: 1_234_500_012,
      unpriced_requests: 0,
    };
    expect(renderUsage({ rows, total }, ['day'])).toBe(
      [
        'DAY         SESSIONS  RUNS  TOOLS  ERRORS      INPUT  OUTPUT  CACHE READ  CACHE WRITE       COST  PER TASK    LINES  COMMITS',
        '2026-11-20         1     2      3       0  1,234,567       5           6            7  $1,234.50     $1.00  +120 -8        1',
        '2026-11-19         1     2      3       0          1       5           6            7  $0.000012     $1.00  +120 -8        1',
        'total              2     2      3       0  1,234,568       5           6            7  $1,234.50     $1.00  +120 -8        1',
      ].join('\n'),
    );
  });
});

it('leaves out what there was none of', () => {
  const none = { ...totals, tasks: 0, lines_added: 0, lines_removed: 0, commits: 0, unpriced_requests: 0 };
  const [header] = renderUsage({ rows: [], total: none }, ['day']).split('\n');
  expect(header).toMatch(/COST$/);
});

describe('formatUsd()', () => {
  it.each([
    [0, '$0.00'],
    [1, '$0.000001'],
    [99, '$0.000099'],
    [4_200, '$0.0042'],
    [250_000, '$0.2500'],
    [1_000_000, '$1.00'],
    [-1_500_000, '-$1.50'],
    [1_234_567_890_000, '$1,234,567.89'],
  ])('%i micro-dollars: %s', (microUsd, text) => {
    expect(formatUsd(microUsd)).toBe(text);
  });

  it('never writes a cost as zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (microUsd) => {
        expect(formatUsd(microUsd)).toMatch(/[1-9]/);
      }),
    );
  });
});
