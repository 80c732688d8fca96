import { expect, it } from 'vitest';
import { changedLines } from '../../../../otel-bridge/agents/codex/changed-lines.ts';

const EDIT = {
  type: 'update',
  unified_diff: '--- a\n+++ b\n@@ -1,2 +1,3 @@\n same\n-before\n+after\n+more\n',
  move_path: null,
};

it('counts the lines of a file that was made, edited or deleted', () => {
  expect(changedLines({ '/w/a.ts': { type: 'add', content: 'one\n\nthree\n' } }, '/w', true)).toEqual({
    lines_added: 3,
    lines_removed: 0,
    file_operation: 'create',
    file_path: 'a.ts',
  });
  expect(changedLines({ '/w/a.ts': EDIT }, '/elsewhere', true)).toEqual({
    lines_added: 2,
    lines_removed: 1,
    file_operation: 'edit',
    file_path: '/w/a.ts',
  });
  expect(changedLines({ '/w/a.ts': { type: 'delete', content: 'one\ntwo' } }, '/w', false)).toEqual({
    lines_added: 0,
    lines_removed: 2,
    file_operation: 'delete',
  });
});

it('names no file where there are several, and survives any form', () => {
  expect(changedLines({ '/w/a': EDIT, '/w/b': EDIT }, '/w', true)).toEqual({
    lines_added: 4,
    lines_removed: 2,
  });
  expect(changedLines(null, undefined, true)).toEqual({ lines_added: 0, lines_removed: 0 });
  expect(changedLines({ '/w/a': null }, undefined, true)).toMatchObject({ lines_added: 0, lines_removed: 0 });
});
