import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { enginePath } from './engines.ts';

/** Series and what fires at one moment. */
export interface AlertCase {
  readonly name: string;
  /** Series in the exposition's notation -> values in promtool's, a sample a minute: `0x10 5x10`. */
  readonly series: Readonly<Record<string, string>>;
  /** When to look, minutes after the first sample. */
  readonly atMinutes: number;
  /** Names of the alerts that fire then, and no others; how often each. */
  readonly firing: Readonly<Record<string, number>>;
}

/** Runs `promtool test rules`. @throws Error with what promtool says where a case is not as it says */
export function runAlertCases(rules: string, cases: readonly AlertCase[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-rules-'));
  try {
    writeFileSync(join(folder, 'rules.yaml'), rules);
    writeFileSync(
      join(folder, 'test.yaml'),
      stringify({
        rule_files: ['rules.yaml'],
        evaluation_interval: '1m',
        tests: cases.map(({ name, series, atMinutes, firing }) => ({
          name,
          interval: '1m',
          input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
          promql_expr_test: [
            {
              expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
              eval_time: `${atMinutes}m`,
              exp_samples: Object.entries(firing).map(([alert, value]) => ({
                labels: `{alertname="${alert}"}`,
                value,
              })),
            },
          ],
        })),
      }),
    );
    return execFileSync(enginePath('promtool'), ['test', 'rules', join(folder, 'test.yaml')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
