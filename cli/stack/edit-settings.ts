import { readFile } from 'node:fs/promises';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { isBranch, type RawSettings, type RawValue, type SettingsPath } from '../settings/layer.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** Changes some settings in settings.yaml; comments and everything else stay. The file is there and valid. */
export async function editSettings(file: string, changes: RawSettings): Promise<void> {
  await writeFileAtomic(file, renderEditedSettings(await readFile(file, 'utf8'), changes), 0o600);
}

/** The text of a valid settings file with some settings changed; comments and everything else stay. */
export function renderEditedSettings(text: string, changes: RawSettings): string {
  const document = parseDocument(text);
  for (const { path, value } of leavesOf(changes, [])) document.setIn(path, value);
  return asWritten(document);
}

/**
 * The text of a valid settings file in which one setting has this value and no other: of keys with values, those that it
 * does not name are gone. Comments beside what is named, and everything else, stay.
 * @throws RangeError where the path leads through a value that has none below it
 */
export function renderReplacedSetting(text: string, path: SettingsPath, value: RawValue): string {
  const document = parseDocument(text);
  for (const [index] of path.entries()) {
    const above = path.slice(0, index);
    const found = document.getIn(above);
    const leads = isMap(found) || found == null || (isSeq(found) && Number.isInteger(Number(path[index])));
    if (!leads) throw new RangeError(`"${above.join('.')}" has nothing that is called "${path[index]}"`);
  }
  const replace = (at: SettingsPath, by: RawValue): void => {
    const now = document.getIn(at);
    if (!isMap(now) || !isBranch(by)) {
      document.setIn(at, by);
      return;
    }
    now.items = now.items.filter(({ key }) => Object.hasOwn(by, String(key)));
    for (const [name, below] of Object.entries(by)) replace([...at, name], below);
  };
  replace(path, value);
  return asWritten(document);
}

/** Lines stay as long as the user wrote them. */
function asWritten(document: Document): string {
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
