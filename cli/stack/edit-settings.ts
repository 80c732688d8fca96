import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { isBranch, type RawSettings, type SettingsPath } from '../settings/layer.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Changes some settings in settings.yaml; comments and everything else stay. The file is there and valid. */
export async function editSettings(file: string, changes: RawSettings): Promise<void> {
  await writeFileAtomic(file, renderEditedSettings(await readFile(file, 'utf8'), changes), 0o600);
}

/** The text of a valid settings file with some settings changed; comments and everything else stay. */
export function renderEditedSettings(text: string, changes: RawSettings): string {
  const document = parseDocument(text);
  for (const { path, value } of leavesOf(changes, [])) document.setIn(path, value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function leavesOf(
  value: RawSettings,
  above: SettingsPath,
): readonly { readonly path: SettingsPath; readonly value: unknown }[] {
  return Object.entries(value).flatMap(([key, below]) =>
    isBranch(below) ? leavesOf(below, [...above, key]) : [{ path: [...above, key], value: below }],
  );
}
