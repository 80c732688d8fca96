import { join } from 'node:path';

/** `~` and `~/x` as paths; anything else as it is. */
export function expandHome(path: string, userHome: string): string {
  if (path === '~') return userHome;
  return path.startsWith('~/') ? join(userHome, path.slice(2)) : path;
}
