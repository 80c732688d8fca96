import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { curlConfig } from '../../../cli/hooks/curl-config.ts';
import type { HookTarget } from '../../../cli/hooks/hook-kind.ts';
import { senderScript } from '../../../cli/hooks/sender-script.ts';
import type { BenchContext, Benchmark, Row } from '../benchmark.ts';
import { writeTemplate } from '../load/load-generator.ts';
import { measurePairs } from '../measure/pairs.ts';
import { quantile, type Spread, spreadOf } from '../measure/statistics.ts';
import { hookFirings } from '../payload/claude-hooks.ts';
import { measureFdatasync, REFERENCES } from '../references/windows.ts';
import { startMeasuredBridge } from '../subject/bridge.ts';
import { measureBridge } from '../subject/bridge-window.ts';

/** Some twenty busy agents. */
const HOOKS_PER_SECOND = 200;
const CONNECTIONS = 20;
const STARTS = 15;

/** How long agents wait for their hooks: the answer over HTTP, verdict included, and a hook that is a command. */
export const hooks: Benchmark = {
  name: 'hooks',
  run: async (context) => [...(await overHttp(context)), ...(await asCommand(context))],
};

/** Durations, milliseconds. */
type Syncs = Awaited<ReturnType<typeof measureFdatasync>>;
const NONE: Syncs = { p50: Number.NaN, p99: Number.NaN };

async function overHttp(context: BenchContext): Promise<Row[]> {
  const template = writeTemplate(context.folder, 'hooks', hookFirings());
  const window = { template, to: 'hooks', connections: CONNECTIONS, stores: 'items', duplicates: 0 } as const;
  const answers: Syncs[] = [];
  const strict: Syncs[] = [];
  const paced: Syncs[] = [];
  const pairs = await measurePairs({
    pairs: context.settings.pairs,
    subject: async () => {
      const { latencyMs } = await measureBridge(context, { ...window, rate: HOOKS_PER_SECOND });
      answers.push(latencyMs);
      return latencyMs.p99;
    },
    reference: async () => {
      const syncs = await measureFdatasync(context);
      strict.push(syncs);
      paced.push(await measureFdatasync(context, HOOKS_PER_SECOND));
      return syncs.p99;
    },
  });
  const compare = (references: readonly Syncs[], how: (answer: Syncs, reference: Syncs) => number): Spread =>
    spreadOf(answers.map((answer, index) => how(answer, references[index] ?? NONE)));
  return [
    {
      what: `answer to an HTTP hook at ${HOOKS_PER_SECOND} hooks/s, p99`,
      value: pairs.subject,
      unit: ' ms',
      reference: { name: `${REFERENCES.fdatasync}, p99`, value: pairs.reference },
      ratio: pairs.ratio,
      bound: { of: 'ratio', better: 'lower', atLeast: 2 },
    },
    {
      what: `answer to an HTTP hook at ${HOOKS_PER_SECOND} hooks/s, p50 added to the disk's`,
      value: compare(strict, (answer, sync) => answer.p50 - sync.p50),
      unit: ' ms',
      reference: { name: `${REFERENCES.fdatasync}, p50`, value: spreadOf(strict.map(({ p50 }) => p50)) },
      bound: { of: 'value', better: 'lower', atLeast: 1 },
    },
    {
      what: 'the same, p99, beside a disk that is asked as often',
      value: pairs.subject,
      unit: ' ms',
      reference: { name: `${REFERENCES.pacedFdatasync}, p99`, value: spreadOf(paced.map(({ p99 }) => p99)) },
      ratio: compare(paced, (answer, sync) => answer.p99 / sync.p99),
    },
    {
      what: 'the same, p50 added, beside a disk that is asked as often',
      value: compare(paced, (answer, sync) => answer.p50 - sync.p50),
      unit: ' ms',
      reference: { name: `${REFERENCES.pacedFdatasync}, p50`, value: spreadOf(paced.map(({ p50 }) => p50)) },
    },
  ];
}

async function asCommand(context: BenchContext): Promise<Row[]> {
  const { load, folder, program } = context;
  await using sink = await load.startSink();
  await using bridge = await startMeasuredBridge({ folder, program: program.bridge, sinkUrl: sink.url });
  return [
    await commandRow(context, bridge.ingestUrl, 'PreToolUse', 'a command hook that asks'),
    await commandRow(context, bridge.ingestUrl, 'PostToolUse', 'a command hook that tells'),
    // Nobody listens there: it is kept.
    await commandRow(
      context,
      'http://127.0.0.1:9',
      'PreToolUse',
      'a command hook that asks while the bridge is away',
    ),
  ];
}

async function commandRow(context: BenchContext, url: string, hook: string, what: string): Promise<Row> {
  const folder = join(context.folder, `${hook}-${url.length}`);
  const [spool, config, script, curl] = ['spool', 'hook.json', 'hook.sh', 'hook.curl'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const target: HookTarget = { url, token: null, host: 'box', project: null, agent: null };
  mkdirSync(folder);
  writeFileSync(config, JSON.stringify({ ...target, spool }));
  writeFileSync(curl, curlConfig(target));
  const sender = [process.execPath, context.program.hookSender, '--config', config];
  writeFileSync(script, senderScript({ sender, spool, described: { host: 'box' }, url, curlConfig: curl }));
  const added: number[] = [];
  const pairs = await measurePairs({
    pairs: context.settings.pairs,
    subject: async () => startMs(firing(hook), '/bin/sh', script, 'claude-code'),
    reference: async () => startMs('', process.execPath, '-e', '0'),
  });
  for (const part of ['min', 'median', 'max'] as const)
    added.push(pairs.subject[part] - pairs.reference[part]);
  const value: Spread = spreadOf(added);
  return {
    what: `${what}, added to \`node -e 0\``,
    value,
    unit: ' ms',
    reference: { name: '`node -e 0`', value: pairs.reference },
    bound: { of: 'value', better: 'lower', atLeast: 25, aim: 8 },
  };
}

function firing(hook: string): string {
  return JSON.stringify({
    session_id: 's1',
    cwd: '/',
    hook_event_name: hook,
    tool_name: 'Bash',
    tool_input: { command: 'npm test' },
    tool_use_id: 'toolu_1',
  });
}

/** Median of some starts, milliseconds. */
function startMs(input: string, command: string, ...words: readonly string[]): number {
  const durations = Array.from({ length: STARTS }, () => {
    const startedMs = performance.now();
    spawnSync(command, words, { input });
    return performance.now() - startedMs;
  });
  return quantile(
    durations.sort((a, b) => a - b),
    0.5,
  );
}
