import type { CommandLine } from '../shell/command-line.ts';

const URL = /\b(?:https?|ftp|wss?|ssh|git|sftp):\/\/(?:[^\s/@'"]+@)?(\[[^\]]+\]|[^\s/:'"?#]+)/gi;
/** `user@host:path`, as ssh, scp and git write it. */
const REMOTE = /^[\w.-]+@([\w.-]+)(?::|$)/;
/** Connections of bash itself. */
const DEVICE = /\/dev\/(?:tcp|udp)\/([^/\s]+)\//g;

/** Addresses that show by their form what they are. */
export function hostsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [
    ...[...text.matchAll(URL)].map(([, host = '']) => host),
    ...[...text.matchAll(DEVICE)].map(([, host = '']) => host),
    ...(REMOTE.exec(text)?.slice(1) ?? []),
  ]);
}

/** Programs whose operands are addresses without a scheme, and options of theirs that take something else. */
const FETCHERS: Readonly<Record<string, string>> = {
  curl: 'odFHAuTDcbXwKmeErEy',
  wget: 'oOPUeaADIQRtTw',
  http: 'oap',
  https: 'oap',
  ssh: 'BbcDEeFIiLlmOopQRSWw',
  ping: 'cisWtIw',
  nc: 'ipswXx',
  ncat: 'ipswc',
  telnet: 'lkn',
  ftp: '',
  sftp: 'BbcDFiloPRS',
  nslookup: '',
  dig: 'tcpkyb',
  host: 'tcRW',
  whois: 'hp',
  traceroute: 'fmqw',
  nmap: 'poTD',
  lynx: '',
  w3m: 'oT',
  aria2c: 'doxsj',
};
/** Programs of which a word may hold an address somewhere: `scp x host:`, `socat - TCP:host:80`, `-connect host:443`. */
const HOLDERS = new Set([
  'scp',
  'rsync',
  'socat',
  'openssl',
  'git',
  'svn',
  'hg',
  'mosh',
  'psql',
  'mysql',
  'redis-cli',
]);
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?=$|[:/?#])/i;
const HELD = /(?:^|[:@=,/])((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})(?=$|[:/,?#])/gi;

/** Addresses without a scheme that a program is called with; possible ones may be files and anything else. */
export function addressedHosts({ program, arguments: words }: CommandLine): {
  readonly hosts: readonly string[];
  readonly possible: readonly string[];
} {
  const valued = Object.hasOwn(FETCHERS, program) ? FETCHERS[program] : undefined;
  const held = (): string[] => words.flatMap((word) => [...word.matchAll(HELD)].map(([, host = '']) => host));
  if (valued === undefined) return { hosts: [], possible: HOLDERS.has(program) ? held() : [] };
  const operands = words.filter((_, index) => !takesNext(words[index - 1] ?? '', valued));
  return { hosts: operands.flatMap((word) => HOST.exec(word)?.slice(0, 1) ?? []), possible: held() };
}

/** `-o` and `-sSo`; of long ones those that name files and texts. */
function takesNext(option: string, valued: string): boolean {
  return option.startsWith('--')
    ? /^--(?:output|data|header|user|form|request|cookie|dump-header|write-out|directory-prefix|referer)[\w-]*$/.test(
        option,
      )
    : option.length > 1 && option.startsWith('-') && valued.includes(option.at(-1) ?? '');
}
