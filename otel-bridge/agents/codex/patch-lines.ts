import type { SpanPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';

/** What a patch of Codex's `apply_patch` does, without its text. */
export interface PatchLines {
  readonly lines_added: number;
  readonly lines_removed: number;
  /** Set where the patch touches one file. */
  readonly file_path?: string;
  readonly file_operation?: NonNullable<SpanPayload['file_operation']>;
}

const FILE = /^\*\*\* (Add|Update|Delete) File: (.+)$/;
const OPERATIONS: Readonly<Record<string, NonNullable<SpanPayload['file_operation']>>> = {
  Add: 'create',
  Update: 'edit',
  Delete: 'delete',
};

/** Counts the lines that a patch (`*** Begin Patch ...`) adds and removes; null where a text is none. */
export function patchLines(text: string): PatchLines | null {
  if (!text.includes('*** Begin Patch')) return null;
  let linesAdded = 0;
  let linesRemoved = 0;
  const files: [string, string][] = [];
  for (const line of text.split('\n')) {
    const file = FILE.exec(line);
    if (file !== null) files.push([file[1] ?? '', file[2] ?? '']);
    else if (line.startsWith('+')) linesAdded++;
    else if (line.startsWith('-')) linesRemoved++;
  }
  const [first] = files;
  const single = first !== undefined && files.length === 1 ? first : undefined;
  return {
    lines_added: linesAdded,
    lines_removed: linesRemoved,
    ...present({
      file_path: single?.[1],
      file_operation: single === undefined ? undefined : OPERATIONS[single[0]],
    }),
  };
}

/** What a call of `apply_patch` did to files, once it did it: nothing where it failed. */
export function patchPayload(
  toolName: string,
  argument: string | undefined,
  status: string | undefined,
  filePaths: boolean,
): Partial<SpanPayload> {
  if (toolName !== 'apply_patch' || argument === undefined || status !== 'success') return {};
  const lines = patchLines(argument);
  if (lines === null) return {};
  const { file_path: _path, ...counts } = lines;
  return filePaths ? lines : counts;
}
