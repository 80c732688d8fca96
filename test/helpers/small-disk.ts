import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled, emptied and made read-only. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Writes until there is no space left, to the last byte. */
  fill(): void;
  /** Gives the space back. */
  empty(): void;
  setReadOnly(isReadOnly: boolean): void;
}

/** Why this machine cannot have a small disk; null where it can. */
export function smallDiskProblem(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  return process.getuid?.() === 0 ? null : 'needs root, to mount a small file system';
}

/** Mounts a small disk. */
export function mountSmallDisk(sizeMebibytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const mount = (...args: string[]): void => {
    execFileSync('mount', args, { stdio: 'pipe' });
  };
  mount('-t', 'tmpfs', '-o', `size=${sizeMebibytes}m,mode=700`, 'small-disk', folder);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a');
      try {
        for (let bytes = 1 << 20; bytes >= 1; ) {
          try {
            if (writeSync(file, Buffer.alloc(bytes)) < bytes) bytes >>= 1;
          } catch {
            // Full for this size: what is left takes smaller ones.
            bytes >>= 1;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    empty: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) => mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
