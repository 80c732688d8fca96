import { basename } from 'node:path';
import type { CommandLine } from './command-line.ts';

/** What words that are run turn out to be. */
export type Unwrapped =
  | { readonly kind: 'command'; readonly line: CommandLine }
  | { readonly kind: 'script'; readonly script: string }
  /** A shell that reads its script from its input. */
  | { readonly kind: 'reads-input'; readonly shell: string }
  | { readonly kind: 'unseen'; readonly reason: string };

const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'fish', 'rbash']);

/** Programs that run another one, and which of their options take a word of their own. */
const WRAPPERS: Readonly<Record<string, { readonly valued: string; readonly operands?: number }>> = {
  env: { valued: 'uCS' },
  sudo: { valued: 'uUghpCrtTRD' },
  doas: { valued: 'uC' },
  nohup: { valued: '' },
  time: { valued: 'fo' },
  timeout: { valued: 'ks', operands: 1 },
  nice: { valued: 'n' },
  ionice: { valued: 'cnpPu' },
  setsid: { valued: '' },
  stdbuf: { valued: 'ioe' },
  xargs: { valued: 'IadEeLlnPs' },
  command: { valued: '' },
  builtin: { valued: '' },
  exec: { valued: 'a' },
  busybox: { valued: '' },
  toybox: { valued: '' },
  watch: { valued: 'n' },
  chroot: { valued: '', operands: 1 },
  unshare: { valued: 'SG' },
  strace: { valued: 'eopsuEabIO' },
  parallel: { valued: 'jIa' },
};

/** Options of git that stand before its verb and take a word. */
const GIT_VALUED = new Set([
  '-c',
  '-C',
  '--git-dir',
  '--work-tree',
  '--namespace',
  '--exec-path',
  '--config-env',
]);

/** What really runs when these words do. The wrappers themselves are told too, so that a rule may name them. */
export function unwrap(words: readonly string[]): Unwrapped[] {
  const [first, ...rest] = words;
  if (first === undefined) return [];
  const program = basename(first);
  const self: Unwrapped = { kind: 'command', line: { program, arguments: rest } };
  if (SHELLS.has(program)) return [self, ...ofShell(program, rest)];
  if (program === 'eval') return [self, { kind: 'script', script: rest.join(' ') }];
  if (program === 'git') return [{ kind: 'command', line: { program, arguments: gitArguments(rest) } }];
  if (program === 'find') return [self, ...ofFind(rest)];
  const wrapper = Object.hasOwn(WRAPPERS, program) ? WRAPPERS[program] : undefined;
  if (wrapper === undefined) return [self];
  if (program === 'env' || program === 'watch') {
    const script = splitString(program, rest);
    if (script !== null) return [self, { kind: 'script', script }];
  }
  return [self, ...unwrap(behindOptions(rest, wrapper.valued, wrapper.operands ?? 0))];
}

/** `-c TEXT` is a script; a file is not seen; without either the shell reads its input. */
function ofShell(shell: string, words: readonly string[]): Unwrapped[] {
  const position = words.findIndex((word) => /^-[a-zA-Z]*c$/.test(word));
  if (position >= 0) {
    const script = words.slice(position + 1).find((word) => !/^[-+]/.test(word));
    return script === undefined ? [] : [{ kind: 'script', script }];
  }
  const file = words.find((word) => !/^[-+]/.test(word));
  if (file === undefined || words.includes('-s')) return [{ kind: 'reads-input', shell }];
  return file.startsWith('/dev/') || file.startsWith('<(')
    ? [{ kind: 'unseen', reason: `"${shell}" runs what another program writes` }]
    : [];
}

/** `env -S 'rm -rf x'` and `watch 'rm -rf x'` hold a whole command in one word. */
function splitString(program: string, words: readonly string[]): string | null {
  if (program === 'watch') return behindOptions(words, WRAPPERS.watch?.valued ?? '', 0).join(' ');
  const position = words.findIndex((word) => word === '-S' || word === '--split-string');
  if (position >= 0) return words.slice(position + 1).join(' ');
  const joined = words.find((word) => /^(?:-S.|--split-string=)/.test(word));
  return joined === undefined ? null : joined.replace(/^(?:-S|--split-string=)/, '');
}

function behindOptions(words: readonly string[], valued: string, operands: number): readonly string[] {
  let position = 0;
  for (; position < words.length; position += 1) {
    const word = words[position] ?? '';
    if (word === '--') return words.slice(position + 1 + operands);
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    if (!word.startsWith('-') || word === '-') break;
    // `-u name`, not `-uname`, and not `--user=name`.
    if (word.length === 2 && valued.includes(word[1] ?? '')) position += 1;
  }
  return words.slice(position + operands);
}

function gitArguments(words: readonly string[]): readonly string[] {
  let position = 0;
  while (position < words.length && (words[position] ?? '').startsWith('-')) {
    position += GIT_VALUED.has(words[position] ?? '') ? 2 : 1;
  }
  return words.slice(position);
}

/** `find . -exec rm {} ;` runs rm; `-delete` deletes. */
function ofFind(words: readonly string[]): Unwrapped[] {
  return words.flatMap((word, index) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(word)) return [];
    const rest = words.slice(index + 1);
    const end = rest.findIndex((part) => part === ';' || part === '+');
    return unwrap(end < 0 ? rest : rest.slice(0, end));
  });
}
