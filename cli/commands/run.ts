import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import * as z from 'zod';
import { createEmitter } from '../../hooks/sdk/index.ts';
import type { AgentTarget } from '../agents/agent-target.ts';
import { agentTelemetry } from '../agents/agent-telemetry.ts';
import { repositoryName } from '../agents/repository-name.ts';
import { resolveEndpoint } from '../agents/resolve-endpoint.ts';
import { localAddress } from '../bridge-api/local-address.ts';
import type { Command, CommandContext } from '../command.ts';
import { CliError } from '../errors.ts';
import { formatDuration } from '../output/format-duration.ts';
import { readOptions } from '../read-options.ts';
import { DURATION_FORM, parseDuration } from '../settings/duration.ts';
import { readInstallation } from '../stack/installation.ts';
import { agentsNetworkName } from '../stack/stack-names.ts';
import { agentOfCommand, pointCommand } from '../task/agent-of-command.ts';
import { type ChildEnd, runChild } from '../task/run-child.ts';
import { watchTask } from '../task/watch-task.ts';
import { compareWorkTrees, readWorkTree, type WorkTree, type WorkTreeChange } from '../task/work-tree.ts';
import { mintIngestToken } from '../tokens/mint-ingest-token.ts';

/** Exit code for failures of `run` itself, as env(1) and timeout(1) have it. */
const OWN_FAILURE = 125;
/** Names of changed files that are told, at most. */
const MAX_FILES = 100;

const optionsSchema = z.object({
  project: z.string().min(1).max(256).optional(),
  agentName: z.string().min(1).max(256).optional(),
  task: z.string().min(1).max(256).optional(),
  maxDuration: z.string().optional(),
});

/** `monitor run -- CMD`: runs a program as one task. */
export const command: Command = {
  name: 'run',
  summary: 'run an agent, or any command, as one task',
  examples: [
    'monitor run -- claude -p "fix the failing test"',
    'monitor run --task AUTH-123 --project shop --max-duration 30m -- codex exec "add a login page"',
    'monitor run --task nightly -- ./agent.sh',
  ],
  declare(commander) {
    commander
      .argument('<command...>', 'what to run, behind --')
      .option('--project <name>', "what it works on; the git repository's name unless told")
      .option('--agent-name <name>', 'what to call it; <agent>@<this host> unless told')
      .option('--task <name>', 'what was asked for; the name of the command unless told')
      .option('--max-duration <duration>', 'end it after so long');
  },
  async run({ args, options }, context) {
    try {
      return await runTask(args, options, context);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return { data: null, text: null, failure: error, exitCode: OWN_FAILURE };
    }
  },
};

async function runTask(args: readonly string[], options: unknown, context: CommandContext) {
  const { project: saidProject, agentName, task, maxDuration } = readOptions(optionsSchema, options);
  const [program = '', ...words] = args;
  const limit = maxDuration === undefined ? null : parseDuration(maxDuration);
  if (maxDuration !== undefined && limit === null) {
    throw new CliError(
      'USAGE',
      `Cannot run "${program}": --max-duration is "${maxDuration}", wanted ${DURATION_FORM}`,
    );
  }
  const kind = agentOfCommand(program);
  const project = saidProject ?? repositoryName(context.cwd) ?? 'unassigned';
  const framework = kind?.name ?? 'command';
  const agent = agentName ?? `${kind?.name ?? basename(program)}@${hostname()}`;
  const target = await findTarget(context, project, agent);
  const taskId = randomUUID();
  const name = task ?? basename(program);
  const emitter = createEmitter({
    framework,
    url: await ingestUrl(context),
    token: target?.token ?? null,
    project,
    agent,
    spool: context.paths.eventSpoolDir,
    onError: (error) => context.output.detail(`not told yet: ${error.message}`),
  });
  const before = await readWorkTree(context.cwd);
  const { settings } = await context.loadSettings();
  const paths = settings.privacy.file_paths;
  emitter.emit('task.start', {
    task_id: taskId,
    name,
    task_type: 'run',
    command_name: basename(program),
    argument_count: words.length,
    ...(paths ? { cwd: context.cwd } : {}),
    ...(before === null
      ? {}
      : { branch: before.branch, commit: before.head, files_changed_before: before.dirty.size }),
  });
  const startedMs = performance.now();
  using guard = watchTask(taskId, context);
  const pointed = pointCommand(kind, words, target, taskId);
  const end = await runChild({
    command: program,
    arguments: pointed.arguments,
    env: { ...context.env, ...pointed.environment },
    cwd: context.cwd,
    maxDurationMs: limit?.ms ?? null,
    stop: guard.signal,
    onSignal: context.onSignal,
    isTerminal: process.stdout.isTTY === true && !context.globals.json,
    // One document is all that stdout holds then.
    output: context.globals.json ? process.stderr : process.stdout,
  });
  const durationMs = Math.round(performance.now() - startedMs);
  const after = before === null ? null : await readWorkTree(context.cwd);
  const change = before === null || after === null ? null : await changeOf(before, after, context);
  emitter.emit('task.end', {
    task_id: taskId,
    name,
    task_type: 'run',
    status: statusOf(end),
    duration_ms: durationMs,
    exit_code: end.exitCode,
    ...(end.signal === null ? {} : { signal: end.signal }),
    ...(end.stopped === null ? {} : { stop_reason: end.stopped }),
    ...(end.outputSizeBytes === null ? {} : { output_size_bytes: end.outputSizeBytes }),
    ...(change === null ? {} : changePayload(change, paths)),
  });
  await emitter.close();
  if (end.startError !== null) {
    context.output.warn(`"${program}" did not start: ${end.startError}`);
  }
  if (end.stopped !== null)
    context.output.warn(`"${name}" was ended after ${formatDuration(durationMs)}: ${end.stopped}`);
  return {
    data: {
      task_id: taskId,
      name,
      exit_code: end.exitCode,
      signal: end.signal,
      stop_reason: end.stopped,
      duration_ms: durationMs,
      output_size_bytes: end.outputSizeBytes,
      files_changed: change?.files.length ?? null,
      lines_added: change?.linesAdded ?? null,
      lines_removed: change?.linesRemoved ?? null,
      commits: change?.commits ?? null,
    },
    text: null,
    exitCode: end.exitCode,
  };
}

/** Null where git cannot say: what ended is told all the same. */
async function changeOf(
  before: WorkTree,
  after: WorkTree,
  context: CommandContext,
): Promise<WorkTreeChange | null> {
  try {
    return await compareWorkTrees(before, after);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.output.warn(`cannot tell what changed in "${after.root}": ${reason.trim()}`);
    return null;
  }
}

function statusOf({ startError, signal, exitCode, stopped }: ChildEnd): string {
  if (startError !== null) return 'error';
  if (stopped === null && signal !== null) return 'cancelled';
  return exitCode === 0 ? 'success' : 'failure';
}

function changePayload(change: WorkTreeChange, paths: boolean) {
  return {
    files_changed: change.files.length,
    lines_added: change.linesAdded,
    lines_removed: change.linesRemoved,
    commits: change.commits,
    ...(paths ? { changed_files: change.files.slice(0, MAX_FILES) } : {}),
  };
}

/** Where the agent sends; null where nothing is set up yet: then only the task itself is told, once there is a bridge. */
async function findTarget(
  context: CommandContext,
  project: string,
  agent: string,
): Promise<AgentTarget | null> {
  const installation = await readInstallation(context.paths);
  if (installation === null) return null;
  const { settings } = await context.loadSettings();
  const { endpoint, needsToken } = resolveEndpoint({
    runtime: installation.runtime,
    settings,
    format: 'shell',
    agentsNetwork: agentsNetworkName(context.paths, settings),
    host: undefined,
    platform: process.platform,
  });
  return {
    otlpEndpoint: endpoint,
    token: needsToken ? await mintIngestToken(context.paths.tokenSecretFile, project, agent) : null,
    project,
    agent,
    hostname: hostname(),
    ...agentTelemetry(settings),
  };
}

async function ingestUrl(context: CommandContext): Promise<string> {
  const { settings } = await context.loadSettings();
  return `http://${localAddress(settings.listen[0])}:${settings.ports.ingest}`;
}
