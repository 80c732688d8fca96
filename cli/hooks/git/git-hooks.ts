import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../../errors.ts';
import type { FileEdit, HookKind, HookListing, HookRequest } from '../hook-kind.ts';
import { quoteCommand } from '../quote-command.ts';
import { GIT_HOOKS, gitHookScript, isOwnScript, MARK, OWN_GIT_HOOKS, shellOf } from './hook-script.ts';

const run = promisify(execFile);
const EXECUTABLE = 0o755;
/** What a hook that was there before is called while ours stands in its place. */
const BEFORE = '.before-agent-monitor';
/** Our section of a git configuration, which comes last and so wins. */
const SECTION_HEAD = '# agent-monitor\n[core]\n\thooksPath = ';
const SECTION = /\n?# agent-monitor\n\[core\]\n\thooksPath = .*\n/;

/**
 * Git: commits say which agent made them, and are told. In a project ours stand in front of the hooks that are there,
 * wherever `core.hooksPath` says; for a user in a folder of their own, which goes on to every repository's hooks.
 */
export const gitHooks: HookKind = {
  name: 'git',
  aliases: [],
  install: (request) => (request.scope === 'user' ? installForUser(request) : installInProject(request)),
  remove: (request) => (request.scope === 'user' ? removeFromUser(request) : removeFromProject(request)),
  async list(request): Promise<HookListing[]> {
    const folder =
      request.scope === 'user' ? userFolder(request) : await projectFolder(request).catch(() => null);
    if (folder === null) return [];
    const installed: string[] = [];
    for (const name of OWN_GIT_HOOKS) {
      if (isOwnScript(await request.read(join(folder, name)))) installed.push(name);
    }
    const config = request.scope === 'user' ? await request.read(globalConfig(request)) : null;
    const unused = request.scope === 'user' && installed.length > 0 && !SECTION.test(config ?? '');
    return [
      {
        file: folder,
        installed,
        missing: OWN_GIT_HOOKS.filter((name) => !installed.includes(name)),
        note: unused ? '"core.hooksPath" in ~/.gitconfig does not lead here any more' : null,
      },
    ];
  },
  nextSteps: ({ scope }) =>
    scope === 'user' ? ['repositories with a "core.hooksPath" of their own need --scope project'] : [],
  print: () => {
    throw new CliError('USAGE', 'Cannot print hooks of git for a container: they run a program of ours', {
      fix: ['monitor hooks install git --scope project'],
    });
  },
};

async function installInProject(request: HookRequest): Promise<FileEdit[]> {
  const folder = await projectFolder(request);
  const edits: FileEdit[] = [];
  for (const name of OWN_GIT_HOOKS) {
    const path = join(folder, name);
    const aside = `${path}${BEFORE}`;
    const before = await request.read(path);
    const chained = await request.read(aside);
    const foreign = before !== null && !isOwnScript(before);
    if (foreign && before !== chained)
      edits.push({ path: aside, before: chained, after: before, mode: EXECUTABLE });
    const shell = shellOf((foreign ? before : chained) ?? '');
    const after = gitHookScript({
      ...scriptFacts(request),
      name,
      before: [{ path: `"$0${BEFORE}"`, shell }],
    });
    if (after !== before) {
      const memory = {
        existed: foreign || chained !== null,
        created: [],
        handlers: [{ event: null, text: MARK }],
      };
      edits.push({ path, before, after, mode: EXECUTABLE, memory });
    }
  }
  return edits;
}

async function removeFromProject(request: HookRequest): Promise<FileEdit[]> {
  const folder = await projectFolder(request);
  const edits: FileEdit[] = [];
  for (const name of OWN_GIT_HOOKS) {
    const path = join(folder, name);
    const aside = `${path}${BEFORE}`;
    const before = await request.read(path);
    const chained = await request.read(aside);
    // Where another manager wrote its own hook over ours, that one stays.
    if (isOwnScript(before)) edits.push({ path, before, after: chained, mode: EXECUTABLE });
    else if (request.remembered(path) !== null) edits.push({ path, before, after: before });
    if (chained !== null) edits.push({ path: aside, before: chained, after: null });
  }
  return edits;
}

async function installForUser(request: HookRequest): Promise<FileEdit[]> {
  const folder = userFolder(request);
  const config = globalConfig(request);
  const text = await request.read(config);
  const clean = (text ?? '').replace(SECTION, '');
  const earlier = /^\s*hooksPath\s*=\s*(.+?)\s*$/im.exec(clean)?.[1];
  const edits: FileEdit[] = [];
  for (const name of GIT_HOOKS) {
    const path = join(folder, name);
    const repository = `"$(git rev-parse --git-common-dir)/hooks/${name}"`;
    const global = earlier === undefined ? [] : [shellPath(earlier, name)];
    const earlierHooks = [...global, repository].map((file) => ({ path: file, shell: null }));
    const after = gitHookScript({ ...scriptFacts(request), name, before: earlierHooks });
    const before = await request.read(path);
    if (after !== before) {
      edits.push({
        path,
        before,
        after,
        mode: EXECUTABLE,
        memory: { existed: false, created: [], handlers: [{ event: null, text: MARK }] },
      });
    }
  }
  const after = `${clean}${clean === '' || clean.endsWith('\n') ? '' : '\n'}# agent-monitor\n[core]\n\thooksPath = ${JSON.stringify(folder)}\n`;
  if (after !== text) {
    const existed = request.remembered(config)?.existed ?? text !== null;
    edits.push({
      path: config,
      before: text,
      after,
      mode: 0o644,
      memory: { existed, created: [], handlers: [{ event: null, text: SECTION_HEAD }] },
    });
  }
  return edits;
}

async function removeFromUser(request: HookRequest): Promise<FileEdit[]> {
  const folder = userFolder(request);
  const config = globalConfig(request);
  const edits: FileEdit[] = [];
  const text = await request.read(config);
  if (text !== null && SECTION.test(text)) {
    const left = text.replace(SECTION, (section) => (section.startsWith('\n') ? '\n' : ''));
    const gone = left === '' && request.remembered(config)?.existed === false;
    edits.push({ path: config, before: text, after: gone ? null : left });
  }
  for (const name of GIT_HOOKS) {
    const before = await request.read(join(folder, name));
    if (isOwnScript(before)) edits.push({ path: join(folder, name), before, after: null });
  }
  return edits;
}

function scriptFacts({ sender, sessionTrailer }: HookRequest) {
  return { sender, sessionTrailer };
}

function globalConfig({ home }: HookRequest): string {
  return join(home, '.gitconfig');
}

function userFolder({ home }: HookRequest): string {
  return join(home, '.local', 'share', 'agent-monitor', 'git-hooks');
}

/** A path of a git configuration for a shell: `~/` is the home folder there. */
function shellPath(folder: string, name: string): string {
  const plain = folder.replace(/^"(.*)"$/, '$1');
  return plain.startsWith('~/')
    ? `"$HOME"${quoteCommand([`${plain.slice(1)}/${name}`])}`
    : quoteCommand([`${plain}/${name}`]);
}

/** Where git looks for hooks in this project. @throws CliError FAILED outside of a repository */
async function projectFolder({ projectDir }: HookRequest): Promise<string> {
  try {
    const { stdout } = await run('git', ['rev-parse', '--git-path', 'hooks'], { cwd: projectDir });
    return resolve(projectDir, stdout.trim());
  } catch (error) {
    throw new CliError('FAILED', `Cannot find the hooks of "${projectDir}": it is in no git repository`, {
      fix: ['git init', 'monitor hooks install git   # for all your repositories'],
      cause: error,
    });
  }
}
