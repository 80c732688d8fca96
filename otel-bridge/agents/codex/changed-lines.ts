import type { SpanPayload } from '../../domain/payload.ts';
import { objectOf, present, textOf } from '../../domain/values.ts';

const OPERATIONS: Readonly<Record<string, NonNullable<SpanPayload['file_operation']>>> = {
  add: 'create',
  update: 'edit',
  delete: 'delete',
};

/**
 * What an item `FileChange` of a transcript did. Files are told whole where they were added or deleted, as a diff where
 * they were edited.
 * @param changes by absolute path
 * @param cwd paths below it are told from there, as patches name them
 */
export function changedLines(
  changes: unknown,
  cwd: string | undefined,
  filePaths: boolean,
): Partial<SpanPayload> {
  const files = Object.entries(objectOf(changes) ?? {}).map(([path, change]) => ({
    path,
    ...objectOf(change),
  }));
  let linesAdded = 0;
  let linesRemoved = 0;
  for (const file of files) {
    const { type, content, unified_diff: diff }: Readonly<Record<string, unknown>> = file;
    linesAdded += type === 'add' ? wholeLines(content) : diffLines(diff, '+');
    linesRemoved += type === 'delete' ? wholeLines(content) : diffLines(diff, '-');
  }
  const single: Readonly<Record<string, unknown>> | undefined = files.length === 1 ? files[0] : undefined;
  const path = filePaths ? textOf(single?.path) : undefined;
  return {
    lines_added: linesAdded,
    lines_removed: linesRemoved,
    ...present({
      file_operation: OPERATIONS[textOf(single?.type) ?? ''],
      file_path: cwd !== undefined && path?.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path,
    }),
  };
}

function wholeLines(content: unknown): number {
  return (textOf(content) ?? '').replace(/\n$/, '').split('\n').length;
}

function diffLines(diff: unknown, sign: '+' | '-'): number {
  const lines = (textOf(diff) ?? '').split('\n');
  return lines.filter((text) => text.startsWith(sign) && !text.startsWith(sign.repeat(3))).length;
}
