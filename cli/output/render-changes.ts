import type { FileChange, FileOutcome } from '../stack/write-stack.ts';

/** What each outcome means for whoever reads the list. */
const MEANING: Readonly<Record<FileOutcome, string>> = {
  created: 'created',
  unchanged: 'unchanged',
  renewed: 'renewed',
  kept: 'kept: edited by you ("monitor init --force" writes it anew)',
  replaced: 'written anew, your edit is in the backup',
  removed: 'removed: no longer needed',
};

/** The files that init looked at, changed ones first by name, unchanged ones as a count. */
export function renderChanges(changes: readonly FileChange[], backupDir: string | null): string {
  const notable = changes.filter(({ outcome }) => outcome !== 'unchanged');
  const unchanged = changes.length - notable.length;
  const width = Math.max(0, ...notable.map(({ path }) => path.length));
  return [
    ...notable.map(({ path, outcome }) => `${path.padEnd(width)}  ${MEANING[outcome]}`),
    ...(unchanged > 0 ? [`${unchanged} ${unchanged === 1 ? 'file' : 'files'} unchanged`] : []),
    ...(backupDir === null ? [] : [`backup: ${backupDir}`]),
  ].join('\n');
}
