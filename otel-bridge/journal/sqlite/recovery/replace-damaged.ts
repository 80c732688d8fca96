import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { QuarantinedFile } from '../../../domain/journal.ts';
import { carryOver } from './carry-over.ts';

/** Files that belong to one database; the write-ahead log must never meet another database. */
const SUFFIXES = ['-wal', '-shm', ''];

/** Where the file that takes a damaged one's place is built. */
const replacementOf = (path: string): string => `${path}.replacement`;
/** Exists from the moment the replacement is whole until it is in its place; holds the name of the quarantine. */
const recordOf = (path: string): string => `${path}.replacing`;

/**
 * Puts a damaged journal aside under a dated name and makes a new one with everything that can be read of the old.
 * Nothing is deleted. Killed at any moment, it is done again or finished (`finishReplacement`) at the next start.
 */
export function replaceDamaged(path: string, reason: string, nowMs: number): QuarantinedFile {
  for (const suffix of SUFFIXES) rmSync(`${replacementOf(path)}${suffix}`, { force: true });
  const quarantined = carryOver({
    from: path,
    to: replacementOf(path),
    quarantine: { path: quarantinePath(path, nowMs), reason, atMs: nowMs },
  });
  writeSynced(recordOf(path), quarantined.path);
  finishReplacement(path);
  return quarantined;
}

/** Puts a whole replacement in its place, where a crash came between. Call it before the journal is opened. */
export function finishReplacement(path: string): void {
  if (!existsSync(recordOf(path))) return;
  const quarantine = readFileSync(recordOf(path), 'utf8');
  if (existsSync(replacementOf(path))) {
    for (const suffix of SUFFIXES) {
      if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${quarantine}${suffix}`);
    }
    renameSync(replacementOf(path), path);
    syncFile(dirname(path));
  }
  rmSync(recordOf(path));
}

/** A dated name that is not taken. */
export function quarantinePath(path: string, nowMs: number): string {
  const dated = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
  for (let place = 1; ; place += 1) {
    const candidate = place === 1 ? dated : `${dated}-${place}`;
    if (SUFFIXES.every((suffix) => !existsSync(`${candidate}${suffix}`))) return candidate;
  }
}

/** Written under another name first: a record that is there is whole. */
function writeSynced(path: string, text: string): void {
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  syncFile(dirname(path));
}

/** A rename is on disk when its folder is. */
function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
