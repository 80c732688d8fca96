import { statfs } from 'node:fs/promises';
import * as z from 'zod';
import { readAgents } from '../bridge-api/read-agents.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { readCost } from '../history/read-cost.ts';
import { renderHistory, watchImport } from '../history/watch-import.ts';
import { formatSize } from '../output/format-size.ts';
import { renderChanges } from '../output/render-changes.ts';
import { renderParts } from '../output/render-parts.ts';
import { renderUpSummary, type UpSummary } from '../output/render-up-summary.ts';
import { assertPortsFree } from '../ports/assert-ports-free.ts';
import { readOptions } from '../read-options.ts';
import type { UpReport } from '../runtime.ts';
import { parsePortFlags } from '../settings/parse-port-flags.ts';
import { type PreparedInstallation, prepareInstallation } from '../stack/prepare-installation.ts';
import { stackUrls } from '../stack/stack-urls.ts';
import { command as open } from './open.ts';

const optionsSchema = z.object({
  runtime: z.enum(['docker', 'embedded'], 'docker or embedded').optional(),
  port: z.array(z.string()).default([]),
  import: z.boolean().default(true),
  wait: z.boolean().default(true),
  open: z.boolean().default(false),
  pull: z.enum(['missing', 'never', 'always'], 'missing, never or always').default('missing'),
  foreground: z.boolean().default(false),
});

const DEFAULT_TIMEOUT_MS = 120_000;

/** How long `up` watches history being taken in; it goes on without being watched. */
const WATCH_IMPORT_MS = 15_000;

/** `monitor up`: sets up where needed, starts, and waits until everything answers. */
export const command: Command = {
  name: 'up',
  summary: 'start everything and wait until it answers',
  examples: ['monitor up', 'monitor up --runtime embedded', 'monitor up --port grafana=3001'],
  declare(commander) {
    commander
      .option('--runtime <runtime>', 'docker or embedded, the first time')
      .option('--port <name=number>', 'another port, kept in settings.yaml; may be repeated', collect, [])
      .option('--no-import', 'take in no history')
      .option('--no-wait', 'return once it was started')
      .option('--open', 'open the page')
      .option('--pull <when>', 'pull images: missing, never or always')
      .option('--foreground', 'stay until Ctrl-C, then stop everything');
  },
  async run(input, context) {
    const options = readOptions(optionsSchema, input.options);
    const ports = parsePortFlags(options.port);
    await assertNewPortsFree(context, ports);
    const prepareOptions = {
      runtime: options.runtime ?? null,
      mayChangeRuntime: false,
      overrides: Object.keys(ports).length === 0 ? {} : { ports },
      stackDir: null,
      force: false,
      importHistory: options.import,
    };
    const prepared = await prepareInstallation(context, prepareOptions);
    tellChanges(prepared, context);
    await warnOfFullDisk(context, prepared);
    const plan = {
      wait: options.wait,
      timeoutMs: context.globals.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      pull: options.pull,
      foreground: options.foreground,
    };
    const startMs = performance.now();
    const summarise = async (report: UpReport): Promise<UpSummary> => ({
      prepared,
      report,
      seconds: (performance.now() - startMs) / 1000,
      history: options.wait
        ? await besides(context, () => tellHistory(context, prepared, options.import))
        : null,
      cost: options.wait ? await besides(context, () => readCost(context)) : null,
      paths: context.paths,
    });
    if (options.foreground) {
      const report = await prepared.runtime.up({
        ...plan,
        async onReady() {
          const parts = await prepared.runtime.status();
          context.output.info(renderUpSummary(await summarise({ alreadyRunning: false, parts })));
        },
      });
      return { data: await toData(context, prepared, report), text: null };
    }
    let report = await prepared.runtime.up(plan);
    if (needsGateway(prepared) && (await hasNewGateway(context, prepareOptions))) {
      report = await prepared.runtime.up(plan);
    }
    const summary = await summarise(report);
    if (options.open) await open.run?.({ ...input, args: [], options: {} }, context);
    return {
      data: await toData(context, prepared, report),
      text: [renderUpSummary(summary), ...(options.wait ? [] : [notWaited(report, context)])].join('\n'),
    };
  },
};

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Ports from flags are kept in settings.yaml: a taken one must not get there. */
async function assertNewPortsFree(
  context: CommandContext,
  ports: Readonly<Record<string, number>>,
): Promise<void> {
  const { settings } = await context.loadSettings();
  const before: Readonly<Record<string, number>> = settings.ports;
  const moved = Object.entries(ports).filter(([name, port]) => before[name] !== port);
  await assertPortsFree(Object.fromEntries(moved), settings.listen, { reserved: Object.values(before) });
}

/** Says when there is less room for the data than settings want. */
async function warnOfFullDisk(
  { output, paths }: CommandContext,
  { loaded }: PreparedInstallation,
): Promise<void> {
  const wanted = loaded.settings.retention.warn_disk;
  const { bavail, bsize } = await statfs(paths.dataDir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= wanted.bytes) return;
  output.warn(
    `${formatSize(freeBytes)} are free for "${paths.dataDir}", less than retention.warn_disk (${wanted.text})`,
  );
}

/** What was written, except when everything was as it should be. */
function tellChanges(
  { changes, backupDir, isNew, installation }: PreparedInstallation,
  context: CommandContext,
): void {
  if (isNew) context.output.info(`runtime ${installation.runtime}: ${installation.reason}`);
  const notable = changes.filter(({ outcome }) => outcome === 'kept' || (!isNew && outcome !== 'unchanged'));
  if (notable.length > 0) context.output.info(renderChanges(notable, backupDir));
}

/** The networks' gateways are known once the networks exist. */
function needsGateway({ installation, loaded }: PreparedInstallation): boolean {
  return installation.runtime === 'docker' && loaded.settings.allow_unauthenticated_from.includes('gateway');
}

async function hasNewGateway(
  context: CommandContext,
  options: Parameters<typeof prepareInstallation>[1],
): Promise<boolean> {
  const { changes } = await prepareInstallation(context, options);
  return changes.some(({ path, outcome }) => path === 'bridge.json' && outcome === 'renewed');
}

/**
 * What is told beside the start itself. A bridge that is ready and too busy to answer, with ten thousand hooks that waited
 * for it say, has started all the same.
 */
async function besides<Told>({ output }: CommandContext, ask: () => Promise<Told>): Promise<Told | null> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'NOT_RUNNING') throw error;
    output.warn(`${error.message}; it may be busy with what waited for it: monitor status`);
    return null;
  }
}

/** What becomes of history, in one line. */
async function tellHistory(
  context: CommandContext,
  { installation, loaded }: PreparedInstallation,
  isImported: boolean,
): Promise<string> {
  const { import: wanted, follow } = loaded.settings.history;
  if (installation.runtime === 'embedded') {
    return renderHistory(await watchImport(context, { maxWaitMs: WATCH_IMPORT_MS }));
  }
  // Beside Docker the host part reads by itself.
  const live = follow ? 'new transcripts are followed' : 'transcripts are not followed';
  if (!isImported || wanted === 'none') return live;
  const range = wanted === 'all' ? 'all transcripts' : `transcripts of the last ${wanted.text}`;
  return `${range} are being taken in, ${live}`;
}

function notWaited({ parts }: UpReport, { output }: CommandContext): string {
  return renderParts(parts, output.colors, Date.now());
}

async function toData(context: CommandContext, prepared: PreparedInstallation, report: UpReport) {
  const { installation, loaded } = prepared;
  return {
    runtime: installation.runtime,
    parts: report.parts,
    agents: await readAgents(context),
    urls: stackUrls(loaded.settings, installation.runtime),
    data_dir: context.paths.dataDir,
    already_running: report.alreadyRunning,
  };
}
