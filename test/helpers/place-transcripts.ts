import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordedTranscripts, servedRequests } from './claude-fixtures.ts';

const DAY_MS = 86_400_000;
const NOON_MS = DAY_MS / 2;

/** What the transcripts of a scenario must come to, as the model API served them. */
export interface TranscriptTruth {
  /** UTC date, `2026-11-21`. */
  readonly day: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_creation_tokens: number;
  readonly sessions: number;
  /** What Claude Code itself says that it cost. */
  readonly cost_micro_usd: number;
}

/**
 * Puts the recorded transcripts of a scenario into a home as if they had been written at noon (UTC) of the day that
 * many days ago, with ids of their own, so that several scenarios do not tell of the same requests.
 */
export async function placeTranscripts(
  home: string,
  scenario: string,
  daysAgo: number,
): Promise<TranscriptTruth> {
  const transcripts = recordedTranscripts(scenario);
  const times = transcripts
    .flatMap(({ lines }) => lines)
    .flatMap((line) => [...line.matchAll(/"timestamp":"([^"]+)"/g)].map(([, time = '']) => Date.parse(time)));
  const startMs = Math.floor((Date.now() - daysAgo * DAY_MS) / DAY_MS) * DAY_MS + NOON_MS;
  const shiftMs = startMs - Math.min(...times);
  const tell = (line: string): string =>
    line
      .replace(
        /"(timestamp|startedAt|completedAt)":"(\d{4}-[^"]+Z)"/g,
        (_, name: string, time: string) =>
          `"${name}":"${new Date(Date.parse(time) + shiftMs).toISOString()}"`,
      )
      .replace(
        /\b(req|msg|toolu)_(\d+)_/g,
        (_, kind: string, seed: string) => `${kind}_${scenario}-${seed}_`,
      );
  for (const { path, lines, companion } of transcripts) {
    const file = join(home, '.claude/projects', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${lines.map(tell).join('\n')}\n`);
    if (companion !== undefined) {
      await writeFile(file.replace(/\.jsonl$/, '.meta.json'), tell(JSON.stringify(companion)));
    }
    const writtenS = (Math.max(...times) + shiftMs) / 1000;
    await utimes(file, writtenS, writtenS);
  }
  const served = servedRequests(scenario).filter(({ priced }) => priced);
  const sum = (read: (request: (typeof served)[number]) => number): number =>
    served.reduce((total, request) => total + read(request), 0);
  return {
    day: new Date(startMs).toISOString().slice(0, 10),
    input_tokens: sum(({ usage }) => usage.input_tokens),
    output_tokens: sum(({ usage }) => usage.output_tokens),
    cache_read_tokens: sum(({ usage }) => usage.cache_read_input_tokens),
    cache_creation_tokens: sum(({ usage }) => usage.cache_creation_input_tokens),
    sessions: new Set(served.map(({ sessionId }) => sessionId)).size,
    cost_micro_usd: await printedCost(scenario),
  };
}

async function printedCost(scenario: string): Promise<number> {
  const file = join(import.meta.dirname, '../fixtures/claude-code', scenario, 'truth.json');
  const truth = JSON.parse(await readFile(file, 'utf8')) as {
    runs: { result: { total_cost_usd: number } }[];
  };
  return Math.round(truth.runs.reduce((sum, { result }) => sum + result.total_cost_usd, 0) * 1e6);
}
