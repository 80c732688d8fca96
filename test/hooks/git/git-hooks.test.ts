import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addTrailers } from '../../../hooks/git/add-trailers.ts';
import { describeCommit } from '../../../hooks/git/describe-commit.ts';

const AGENT = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 's' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-monitor-git-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('trailers of a commit message', () => {
  const COMMENTS = '\n# Please enter the commit message\n';
  const DIFF = '# ------------------------ >8 ------------------------\ndiff --git a/a b/a\n+x\n';
  it.each([
    ['a subject', 'One\n', 'One\n\nAgent: claude-code\n'],
    ['a line that is open, as of `git merge -m`', 'Merge f', 'Merge f\n\nAgent: claude-code\n'],
    ['a trailer of its own', 'One\n\nAgent: me\n', 'One\n\nAgent: me\n'],
    ['nothing', '', ''],
    ['comments alone', COMMENTS, COMMENTS],
    ['comments and what --verbose shows', COMMENTS + DIFF, COMMENTS + DIFF],
  ])('stand apart from %s', (_name, message, expected) => {
    const file = join(folder, 'message');
    writeFileSync(file, message);
    addTrailers(file, { ...process.env, ...AGENT }, false);
    expect(readFileSync(file, 'utf8')).toBe(expected);
  });
});

describe('what is told of a commit', () => {
  it('is all there of one that changes very many files', () => {
    const git = (args: readonly string[], input = '') =>
      execFileSync('git', args, { cwd: folder, input, maxBuffer: 64 * 1024 * 1024 });
    git(['init', '-q', '-b', 'main']);
    const files = Array.from({ length: 2000 }, (_, i) => `${'long-name-of-a-folder/'.repeat(30)}${i}`);
    const commit = [
      'commit refs/heads/main',
      'committer a <a@b.c> 1700000000 +0000',
      'data 1\nx',
      ...files.map((name) => `M 100644 inline ${name}\ndata 2\n1\n`),
    ];
    git(['fast-import', '--quiet'], `${commit.join('\n')}\n`);
    const told = describeCommit(folder, {}, 60_000);
    expect(told).toMatchObject({ branch: 'main', files_changed: 2000, lines_added: 2000 });
  });
});
