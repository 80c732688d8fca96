/** Whether a text matches a pattern in which `*` stands for anything. The whole text must match. */
export function matchesPattern(pattern: string, text: string): boolean {
  return new RegExp(`^${escaped(pattern).replaceAll('\\*', '.*')}$`, 's').test(text);
}

/**
 * Whether a path is what a pattern names, or lies below it. `*` stands for anything but `/`, `**` for anything, `~` at
 * the start for any user's home. @param path absolute and without `..`, or beginning with `~`
 */
export function matchesPath(pattern: string, path: string): boolean {
  const plain = pattern.replace(/\/+$/, '');
  const body = escaped(plain.replace(/^(?:~|\$HOME)(?=\/|$)/, ''))
    .replaceAll('\\*\\*', '.*')
    .replaceAll('\\*', '[^/]*');
  const home = plain === body || !/^(?:~|\$HOME)/.test(plain) ? '' : HOME;
  // A pattern without a folder is a name anywhere: `.env`.
  const anywhere = home === '' && !plain.startsWith('/') ? '(?:.*/)?' : '';
  return new RegExp(`^${home}${anywhere}${body}(?:/.*)?$`, 's').test(path);
}

/** Where users' homes are, as far as a path tells. */
const HOME = '(?:~[^/]*|\\$HOME|\\$\\{HOME\\}|/root|/home/[^/]+|/Users/[^/]+)';

/** Whether a host is the domain or below it. A leading `*.` says the same. */
export function matchesDomain(pattern: string, host: string): boolean {
  const domain = pattern.toLowerCase().replace(/^\*?\./, '');
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === domain || name.endsWith(`.${domain}`) || matchesPattern(domain, name);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
