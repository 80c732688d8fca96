import { REDACTED } from '../marker.ts';

const NAME = '(?:password|passwd|passphrase|pass|pwd|secret|token|api-?key|access-?key|credentials?|auth)';

/** `--token abc`, `--db-password 'abc'`, `"--api-key", "abc"`: the flag, what parts it from the value, the value. */
const SECRET_FLAG = new RegExp(
  `((?:^|[\\s"'\`[,(=])--?[A-Za-z0-9-]{0,40}${NAME}(?:["']?,?[ \\t]{1,8}|["'],["']))(["']?)([^\\s"'-][^\\s"']{0,4096})`,
  'gi',
);

/** `curl -u user:password`, `--proxy-user user:password`; not `docker run -u 1000:1000`. */
const USER_FLAG =
  /((?:^|[\s"'`[,(])(?:-[A-Za-z]{0,8}u|--user|--proxy-user)(?:[ \t=]{1,4}|["'],)["']?)(?!\d+:\d+(?:[\s"']|$))[^\s"':]{1,256}:[^\s"']{1,1024}/g;

/** `sshpass -p password`, `mysql ... -ppassword`. */
const SHORT_PASSWORD =
  /((?:\bsshpass[ \t]{1,4}-p|\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b[^\n|;&]{0,200}?[ \t]-p)[ \t]{0,2}["']?)(?![ \t-])[^\s"']{1,256}/g;

/** One command line argument that announces a secret as the next argument. */
const SECRET_ARGUMENT = new RegExp(`^--?[A-Za-z0-9-]{0,40}${NAME}$`, 'i');

/** A dash where a flag may begin: inside of ids and names there are none of these. */
const HAS_FLAG = /(?:^|[\s"'`[,(=])-/;

/** Replaces the values of command line flags that carry secrets. */
export function redactFlags(text: string): string {
  if (!HAS_FLAG.test(text)) return text;
  return text
    .replace(SECRET_FLAG, `$1$2${REDACTED}`)
    .replace(USER_FLAG, `$1${REDACTED}`)
    .replace(SHORT_PASSWORD, `$1${REDACTED}`);
}

/** True for `--token` and its like: what follows in a list of arguments is a secret. */
export function announcesSecret(argument: string): boolean {
  return argument.length <= 64 && argument.startsWith('-') && SECRET_ARGUMENT.test(argument);
}
