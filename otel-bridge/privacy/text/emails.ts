import { REDACTED } from '../marker.ts';

const LOCAL_MAX = 64;
const DOMAIN_MAX = 255;
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}/;

/**
 * Replaces e-mail addresses. Works outwards from each `@`, so it costs nothing where there is none.
 * `git@host` stays: it names no person, and repository URLs are worth reading.
 */
export function redactEmails(text: string): string {
  let at = text.indexOf('@');
  if (at < 0) return text;
  let result = '';
  let from = 0;
  for (; at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > from && at - start < LOCAL_MAX && isLocal(text.charCodeAt(start - 1))) start -= 1;
    if (start === at) continue;
    const domain = DOMAIN.exec(text.slice(at + 1, at + 1 + DOMAIN_MAX))?.[0];
    if (domain === undefined || text.slice(start, at) === 'git') continue;
    result += text.slice(from, start) + REDACTED;
    from = at + 1 + domain.length;
  }
  return from === 0 ? text : result + text.slice(from);
}

/** Letters, digits and `._%+-`, and everything beyond ASCII. */
function isLocal(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x25 ||
    code === 0x2b ||
    code === 0x2d ||
    code > 0x7f
  );
}
