import { expect, it } from 'vitest';
import { patchLines, patchPayload } from '../../../../otel-bridge/agents/codex/patch-lines.ts';

const PATCH = [
  '*** Begin Patch',
  '*** Update File: src/a.ts',
  '@@ function a()',
  ' same',
  '-before',
  '+after',
  '+more',
  '*** End Patch',
].join('\n');

it('counts the lines of a patch and names its file', () => {
  expect(patchLines(PATCH)).toEqual({
    lines_added: 2,
    lines_removed: 1,
    file_path: 'src/a.ts',
    file_operation: 'edit',
  });
});

it('names no file where there are several, and counts them all', () => {
  const two = PATCH.replace('*** End Patch', '*** Add File: b.ts\n+new\n*** End Patch');
  expect(patchLines(two)).toEqual({ lines_added: 3, lines_removed: 1 });
});

it('says nothing of other texts, other tools and patches that were not made', () => {
  expect(patchLines('+not a patch')).toBeNull();
  expect(patchPayload('exec_command', PATCH, 'success', true)).toEqual({});
  expect(patchPayload('apply_patch', PATCH, 'failure', true)).toEqual({});
});

it('leaves the path out where paths are private', () => {
  expect(patchPayload('apply_patch', PATCH, 'success', false)).toEqual({
    lines_added: 2,
    lines_removed: 1,
    file_operation: 'edit',
  });
});
