import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createMonitorHome,
  type InstalledMonitor,
  installMonitor,
  type MonitorHome,
  runProgram,
} from '../helpers/monitor.ts';
import { waitUntil } from '../helpers/wait-until.ts';

let monitor: InstalledMonitor;
let home: MonitorHome;
let root: string;
beforeAll(async () => {
  monitor = await installMonitor();
  home = await createMonitorHome(monitor);
  await home.writeSettings('history: {import: none, follow: false}\n');
  expect((await home.run(['up', '--runtime', 'embedded'])).exitCode).toBe(0);
}, 120_000);
afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await monitor[Symbol.asyncDispose]();
});

/** A repository of its own for each test. */
let repository: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hooks-git-'));
  repository = join(root, 'shop');
  await mkdir(repository);
  await git('init', '-q', '-b', 'main');
  return () => rm(root, { recursive: true, force: true });
});

const PERSON = {
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};
const AGENT = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'session-1', AGENT_MONITOR_TASK_ID: 'task-7' };

async function gitAs(
  env: Record<string, string>,
  args: readonly string[],
  cwd = repository,
): Promise<string> {
  const done = await runProgram('git', args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: home.home, ...PERSON, ...env },
  });
  expect(done.exitCode, `git ${args.join(' ')}: ${done.stderr}`).toBe(0);
  return done.stdout;
}
const git = (...args: string[]) => gitAs({}, args);

const hooks = (verb: string, ...more: string[]) =>
  home.run(['hooks', verb, 'git', ...more], { cwd: repository });
const install = async (...more: string[]) => expect((await hooks('install', ...more)).exitCode).toBe(0);

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(repository, name), text);
  await git('add', name);
}

interface SeenEvent {
  readonly event: { readonly type: string; readonly source: { readonly framework: string } };
  readonly correlation: { readonly session_id: string | null };
  readonly attributes: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
}

/** Events of git on commits of this repository. */
async function seen(type: string, count: number): Promise<SeenEvent[]> {
  const shas = (await git('log', '--reflog', '--format=%H')).split('\n');
  const read = async () => {
    const response = await fetch(`http://127.0.0.1:${home.ports.ui}/v1/events?limit=1000&event_type=${type}`);
    const { events } = (await response.json()) as { events: SeenEvent[] };
    return events.filter(({ payload }) => shas.includes(String(payload.sha)));
  };
  return waitUntil(read, (events) => events.length >= count);
}

describe('monitor hooks with the real git', () => {
  it('tells of commits by hand and by an agent, with files, lines and trailers', async () => {
    await install('--scope', 'project');
    await write('a.txt', 'one\ntwo\n');
    await git('commit', '-q', '-m', 'By hand');
    expect(await git('log', '-1', '--format=%B')).toBe('By hand\n\n');
    await write('a.txt', 'one\n2\n3\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'By an agent\n\nConfidence: high\nTests: 12 passed']);
    expect((await git('log', '-1', '--format=%(trailers)')).trim().split('\n')).toEqual([
      'Confidence: high',
      'Tests: 12 passed',
      'Agent: claude-code',
      'Task: task-7',
    ]);
    const events = await seen('git.commit', 2);
    expect(events.find(({ event }) => event.source.framework === 'git')).toMatchObject({
      attributes: { repository: 'shop', branch: 'main' },
      payload: { files_changed: 1, lines_added: 2, lines_removed: 0, message_size_bytes: 8 },
    });
    expect(events.find(({ event }) => event.source.framework === 'claude-code')).toMatchObject({
      correlation: { session_id: 'session-1' },
      payload: {
        lines_added: 2,
        lines_removed: 1,
        confidence: 'high',
        tests: '12 passed',
        task_id: 'task-7',
      },
    });
  });

  it('counts an amended commit once and a rebased one not again, and a commit in a worktree', async () => {
    await install('--scope', 'project');
    await write('a.txt', '1\n');
    await git('commit', '-q', '-m', 'base');
    await git('checkout', '-q', '-b', 'side');
    await write('b.txt', '1\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'side']);
    await gitAs(AGENT, ['commit', '-q', '--amend', '-m', 'side, better']);
    expect((await git('log', '-1', '--format=%(trailers:key=Agent,valueonly)')).trim()).toBe('claude-code');
    await git('checkout', '-q', 'main');
    await write('c.txt', '1\n');
    await git('commit', '-q', '-m', 'main goes on');
    await git('checkout', '-q', 'side');
    await git('rebase', '-q', 'main');
    await git('worktree', 'add', '-q', '-b', 'tree', join(root, 'tree'));
    await writeFile(join(root, 'tree', 'd.txt'), '1\n');
    await gitAs({}, ['add', 'd.txt'], join(root, 'tree'));
    await gitAs({}, ['commit', '-q', '-m', 'in a worktree'], join(root, 'tree'));
    const commits = await seen('git.commit', 4);
    expect(commits).toHaveLength(4);
    expect(commits.map(({ attributes }) => attributes.branch).sort()).toEqual([
      'main',
      'main',
      'side',
      'tree',
    ]);
    expect(await seen('git.amend', 1)).toHaveLength(1);
  });

  it('lets the hooks that were there before run, decide and stay as they were', async () => {
    const before =
      '#!/bin/sh\necho "Reviewed-by: old hook" >> "$1"\ngrep -q FORBIDDEN "$1" && exit 3\nexit 0\n';
    const path = join(repository, '.git/hooks/prepare-commit-msg');
    await writeFile(path, before);
    await chmod(path, 0o755);
    await install('--scope', 'project');
    await install('--scope', 'project');
    await write('a.txt', '1\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'x']);
    const message = await git('log', '-1', '--format=%B');
    expect(message).toContain('Reviewed-by: old hook');
    expect(message).toContain('Agent: claude-code');
    await write('a.txt', '2\n');
    await expect(git('commit', '-q', '-m', 'FORBIDDEN')).rejects.toThrow();
    expect((await hooks('remove', '--scope', 'project')).exitCode).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(before);
    const left = (await readdir(join(repository, '.git/hooks'))).filter((name) => !name.endsWith('.sample'));
    expect(left).toEqual(['prepare-commit-msg']);
  });

  it('stands where another hook manager put its hooks', async () => {
    const manager = join(repository, '.manager');
    await mkdir(manager);
    await writeFile(
      join(manager, 'post-commit'),
      '#!/bin/sh\ntouch ../ran-manager 2>/dev/null || touch "$PWD/ran-manager"\n',
    );
    await chmod(join(manager, 'post-commit'), 0o755);
    await git('config', 'core.hooksPath', '.manager');
    await install('--scope', 'project');
    await write('a.txt', '1\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'managed']);
    expect([...(await readdir(root)), ...(await readdir(repository))]).toContain('ran-manager');
    expect(await seen('git.commit', 1)).toHaveLength(1);
  });

  it('lets husky find its hooks by the name that they are called under', async () => {
    // As husky 9 writes them: `_/h` looks for the user's script beside its folder.
    const folder = join(repository, '.husky/_');
    await mkdir(folder, { recursive: true });
    const found =
      '#!/usr/bin/env sh\nn=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\nc=$?\nexit $c\n';
    await writeFile(join(folder, 'h'), found);
    for (const name of ['prepare-commit-msg', 'post-commit']) {
      await writeFile(join(folder, name), '#!/usr/bin/env sh\n. "$(dirname "$0")/h"');
      await chmod(join(folder, name), 0o755);
    }
    await writeFile(
      join(repository, '.husky/prepare-commit-msg'),
      'grep -q FORBIDDEN "$1" && exit 3\necho "Husky: yes" >> "$1"\n',
    );
    await git('config', 'core.hooksPath', '.husky/_');
    await install('--scope', 'project');
    await install('--scope', 'project');
    await write('a.txt', '1\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'x']);
    const message = await git('log', '-1', '--format=%B');
    expect(message).toContain('Husky: yes');
    expect(message).toContain('Agent: claude-code');
    await write('a.txt', '2\n');
    await expect(git('commit', '-q', '-m', 'FORBIDDEN')).rejects.toThrow();
    expect((await hooks('remove', '--scope', 'project')).exitCode).toBe(0);
    expect(await readdir(folder)).toEqual(['h', 'post-commit', 'prepare-commit-msg']);
  });

  it('works in every repository of a user, on top of the hooks of each, and leaves .gitconfig as it was', async () => {
    const config = join(home.home, '.gitconfig');
    await writeFile(config, '[alias]\n\tci = commit\n');
    const own = join(repository, '.git/hooks/commit-msg');
    await writeFile(own, '#!/bin/sh\necho "Checked: yes" >> "$1"\n');
    await chmod(own, 0o755);
    await install();
    await write('a.txt', '1\n');
    await gitAs(AGENT, ['ci', '-q', '-m', 'x']);
    const message = await git('log', '-1', '--format=%B');
    expect(message).toContain('Agent: claude-code');
    expect(message).toContain('Checked: yes');
    expect(await seen('git.commit', 1)).toHaveLength(1);
    expect((await hooks('remove')).exitCode).toBe(0);
    expect(await readFile(config, 'utf8')).toBe('[alias]\n\tci = commit\n');
  });

  it('names the session only where settings ask for it', async () => {
    await home.writeSettings('history: {import: none, follow: false}\ngit: {session_trailer: true}\n');
    await install('--scope', 'project');
    await write('a.txt', '1\n');
    await gitAs(AGENT, ['commit', '-q', '-m', 'x']);
    expect(await git('log', '-1', '--format=%(trailers:key=Session,valueonly)')).toContain('session-1');
    await home.writeSettings('history: {import: none, follow: false}\n');
  });

  it('refuses a project without a repository', async () => {
    const done = await home.run(['hooks', 'install', 'git', '--scope', 'project'], { cwd: root });
    expect([done.exitCode, done.stderr]).toEqual([1, expect.stringContaining('it is in no git repository')]);
  });
});
