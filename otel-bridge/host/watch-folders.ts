import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { HostLog } from './host-log.ts';

/** Beyond this polling alone has to do: watches are a resource of the whole machine. */
const MAX_WATCHES = 512;

/** Tells at once where something changed. Not relied on: network and container file systems stay silent. */
export interface FolderWatch {
  /** Watches exactly these folders from now on. */
  set(folders: ReadonlySet<string>): void;
  close(): void;
}

/** Creates a watch of folders, each without its subfolders. @param onChange gets the path of what changed. */
export function createFolderWatch(onChange: (path: string) => void, log: HostLog): FolderWatch {
  const watches = new Map<string, FSWatcher>();
  let refused = false;

  function open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        onChange(name === null ? folder : join(folder, name));
      });
      // A folder that is removed ends its watch; the next scan finds out what became of it.
      watcher.on('error', () => forget(folder));
      watches.set(folder, watcher);
    } catch (error) {
      refused = true;
      const reason = error instanceof Error ? error.message : String(error);
      log.info(
        { folder, err: error },
        `Cannot watch "${folder}" for changes: ${reason}. Transcripts are polled instead`,
      );
    }
  }

  function forget(folder: string): void {
    watches.get(folder)?.close();
    watches.delete(folder);
  }

  return {
    set(folders) {
      for (const folder of watches.keys()) if (!folders.has(folder)) forget(folder);
      for (const folder of folders) {
        if (refused || watches.size >= MAX_WATCHES) return;
        if (!watches.has(folder)) open(folder);
      }
    },
    close() {
      for (const folder of [...watches.keys()]) forget(folder);
    },
  };
}
