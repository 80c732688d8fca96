import { resolve } from 'node:path';
import * as z from 'zod';
import type { Command, CommandContext, CommandInput, CommandResult } from '../command.ts';
import { CliError } from '../errors.ts';
import { applyEdits } from '../hooks/apply-edits.ts';
import type { FileEdit, HookKind, HookListing, HookTarget } from '../hooks/hook-kind.ts';
import { findHookKind, HOOK_KINDS } from '../hooks/hook-kinds.ts';
import { findHookTarget } from '../hooks/hook-target.ts';
import { hookRequest, type OpenedHooks, openHooks } from '../hooks/open-hooks.ts';
import { planSender } from '../hooks/sender-files.ts';
import { renderDiff } from '../output/render-diff.ts';
import { readOptions } from '../read-options.ts';

const optionsSchema = z.object({
  scope: z.enum(['user', 'project'], 'user or project').default('user'),
  dryRun: z.boolean().default(false),
  print: z.boolean().default(false),
  ssh: z.string().min(1).optional(),
  address: z.string().min(1).optional(),
  project: z.string().min(1).max(256).optional(),
  agentName: z.string().min(1).max(256).optional(),
});
type HookOptions = z.infer<typeof optionsSchema>;

const AGENTS = HOOK_KINDS.map(({ name }) => name).join(', ');
/** Stands for the address where none is needed: nothing is sent by looking or removing. */
const NOWHERE: HookTarget = { url: '', token: null, host: '', project: null, agent: null };

/** `monitor hooks`: agents tell the bridge what they do, through their own hooks. */
export const command: Command = {
  name: 'hooks',
  summary: "install, remove or list agents' hooks",
  examples: [
    'monitor hooks install claude-code',
    'monitor hooks install codex --scope project --dry-run',
    'monitor hooks install claude-code --ssh dev@vm --address 192.168.122.1',
    'monitor hooks install claude-code --print > settings.json   # for a container',
    'monitor hooks list',
    'monitor hooks remove claude-code',
  ],
  subcommands: [
    {
      name: 'install',
      summary: 'put our hooks beside those that are there; what is changed is shown, and copied first',
      examples: ['monitor hooks install claude-code', 'monitor hooks install git --scope project'],
      declare(commander) {
        commander
          .argument('<agent>', AGENTS)
          .option('--scope <scope>', 'user: all your sessions; project: those in this folder', 'user')
          .option('--dry-run', 'show what would be changed and change nothing')
          .option('--print', 'print what a container needs and change nothing')
          .option('--ssh <host>', 'on another machine, over ssh')
          .option('--address <address>', 'where the agent reaches this machine')
          .option('--project <name>', 'what it works on; rules and the repository decide unless told')
          .option('--agent-name <name>', 'what to call it');
      },
      run: install,
    },
    {
      name: 'remove',
      summary: 'take exactly our hooks out again',
      examples: ['monitor hooks remove claude-code', 'monitor hooks remove codex --scope project'],
      declare(commander) {
        commander
          .argument('<agent>', AGENTS)
          .option('--scope <scope>', 'user or project', 'user')
          .option('--dry-run', 'show what would be changed and change nothing')
          .option('--ssh <host>', 'on another machine, over ssh');
      },
      run: remove,
    },
    {
      name: 'list',
      summary: 'which hooks are installed, and whether they work',
      examples: ['monitor hooks list', 'monitor hooks list codex'],
      declare(commander) {
        commander.argument('[agent]', AGENTS).option('--ssh <host>', 'on another machine, over ssh');
      },
      run: list,
    },
  ],
};

async function install(input: CommandInput, context: CommandContext): Promise<CommandResult> {
  const kind = requireKind(input.args[0]);
  const options = readOptions(optionsSchema, input.options);
  const target = await findHookTarget(context, {
    scope: options.scope,
    from: options.print ? 'container' : options.ssh === undefined ? 'here' : 'elsewhere',
    address: options.address,
    project: options.project,
    agent: options.agentName,
    ...(options.ssh === undefined ? {} : { host: options.ssh.replace(/^.*@/, '') }),
  });
  if (options.print) {
    const text = kind.print(target);
    return { data: { agent: kind.name, text }, text };
  }
  const opened = await openHooks(context, options.ssh);
  const { settings } = await context.loadSettings();
  const sender = await planSender({
    packageFiles: context.packageFiles,
    place: opened.place,
    folder: opened.senderDir,
    spoolDir: opened.spoolDir,
    target,
  });
  const request = hookRequest(kind.name, opened, {
    scope: options.scope,
    projectDir: resolve(context.cwd),
    target,
    sender: sender.words,
    hooksDir: context.packageFiles.hooksDir,
    sessionTrailer: settings.git.session_trailer,
  });
  const edits = await kind.install(request);
  return finish(edits, sender.edits, kind, options, opened, kind.nextSteps(request));
}

async function remove(input: CommandInput, context: CommandContext): Promise<CommandResult> {
  const kind = requireKind(input.args[0]);
  const options = readOptions(optionsSchema, input.options);
  const opened = await openHooks(context, options.ssh);
  const edits = await kind.remove(
    hookRequest(kind.name, opened, {
      scope: options.scope,
      projectDir: resolve(context.cwd),
      target: NOWHERE,
      sender: [],
      hooksDir: context.packageFiles.hooksDir,
      sessionTrailer: false,
    }),
  );
  return finish(edits, [], kind, options, opened, []);
}

/** Shows the edits, and carries them out unless this is a rehearsal. */
async function finish(
  edits: readonly FileEdit[],
  silent: readonly FileEdit[],
  kind: HookKind,
  { dryRun, scope }: HookOptions,
  { place, memories, backupDir }: OpenedHooks,
  nextSteps: readonly string[],
): Promise<CommandResult> {
  const shared = { agent: kind.name, place, memories, backupDir, nowMs: Date.now() };
  if (!dryRun) {
    for (const { path, after, mode = 0o600 } of silent)
      if (after !== null) await place.write(path, after, mode);
  }
  const backups = dryRun ? [] : await applyEdits(edits, shared);
  const edited = edits.filter(({ before, after }) => before !== after);
  const changes = edited.map(({ path, before, after }) => ({
    path,
    change: before === null ? 'created' : after === null ? 'removed' : 'changed',
    diff: renderDiff(path, before, after),
  }));
  const where = place.name === '' ? '' : ` on ${place.name}`;
  const text =
    edited.length === 0
      ? `${kind.name}${where}: nothing to change`
      : [
          ...changes.map(({ diff }) => diff),
          ...(dryRun ? ['nothing was changed (--dry-run)'] : backups.map((path) => `backup: ${path}`)),
          ...nextSteps.map((step) => `next: ${step}`),
        ].join('\n');
  return {
    data: {
      agent: kind.name,
      scope,
      dry_run: dryRun,
      changes,
      backups,
      next_steps: edited.length === 0 ? [] : nextSteps,
    },
    text,
  };
}

async function list(input: CommandInput, context: CommandContext): Promise<CommandResult> {
  const options = readOptions(optionsSchema, input.options);
  const kinds = input.args[0] === undefined ? HOOK_KINDS : [requireKind(input.args[0])];
  const opened = await openHooks(context, options.ssh);
  const target = await findHookTarget(context, {
    scope: 'user',
    from: 'here',
    address: undefined,
    project: undefined,
    agent: undefined,
  }).catch((error: unknown) => {
    // Without an installation there is nothing that hooks could be compared with.
    if (error instanceof CliError && error.code === 'NOT_RUNNING') return NOWHERE;
    throw error;
  });
  const rows: (HookListing & { agent: string; scope: string })[] = [];
  for (const kind of kinds) {
    for (const scope of ['user', 'project'] as const) {
      const request = hookRequest(kind.name, opened, {
        scope,
        projectDir: resolve(context.cwd),
        target,
        sender: [],
        hooksDir: context.packageFiles.hooksDir,
        sessionTrailer: false,
      });
      const listed = await kind.list(request);
      // In the home folder the project is the user.
      const others = listed.filter(
        ({ file }) => !rows.some((row) => row.agent === kind.name && row.file === file),
      );
      rows.push(...others.map((listing) => ({ agent: kind.name, scope, ...listing })));
    }
  }
  const width = Math.max(...rows.map(({ agent, scope }) => agent.length + scope.length + 1));
  return {
    data: { hooks: rows },
    text: rows
      .map(({ agent, scope, file, installed, missing, note }) => {
        const state =
          installed.length === 0
            ? 'not installed'
            : missing.length === 0
              ? `${installed.length} hooks`
              : `${installed.length} hooks, missing: ${missing.join(', ')}`;
        return `${`${agent} ${scope}`.padEnd(width)}  ${state}  ${file}${note === null ? '' : `\n  ${note}`}`;
      })
      .join('\n'),
  };
}

/** @throws CliError USAGE */
function requireKind(word: string | undefined): HookKind {
  const kind = findHookKind(word ?? '');
  if (kind !== undefined) return kind;
  throw new CliError('USAGE', `Cannot find hooks of "${word ?? ''}": known are ${AGENTS}`);
}
