import { basename } from 'node:path';
import type { CommandLine } from './command-line.ts';
import { isRunVariable, scriptOfGitSetting, scriptsOfGit, scriptsWithin } from './commands-within.ts';
import { behindOptions, possibleStarts, wrapperOf } from './wrappers.ts';

/** What words that are run turn out to be. */
export type Unwrapped =
  | { readonly kind: 'command'; readonly line: CommandLine; readonly possible: boolean }
  | { readonly kind: 'script'; readonly script: string; readonly possible: boolean }
  /** A shell, or something like it, that reads its script from its input. */
  | { readonly kind: 'reads-input'; readonly shell: string }
  /** Code of another language, of which texts may be run. */
  | { readonly kind: 'code'; readonly words: readonly string[] }
  | { readonly kind: 'unseen'; readonly reason: string };

const SHELLS = new Set([
  'sh',
  'bash',
  'dash',
  'ash',
  'zsh',
  'ksh',
  'mksh',
  'fish',
  'rbash',
  'pwsh',
  '.',
  'source',
]);
/** They run later what they read now. */
const SCHEDULERS = new Set(['at', 'batch', 'crontab']);
const INTERPRETERS =
  /^(?:python[\d.]*|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|nodejs|node|deno|bun|tsx|php[\d.]*|lua[\d.]*|[gmn]?awk|osascript|powershell|expect|tclsh|Rscript|vim?|nvim|emacs|ed|make)$/;

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

/** Wrappers within wrappers beyond this many are not followed. */
const MAX_COMMANDS = 64;

/**
 * What really runs when these words do. The wrappers themselves are told too, so that a rule may name them.
 * @param isNested true for words that another command runs
 */
export function unwrap(words: readonly string[], isNested = false): Unwrapped[] {
  const found: Unwrapped[] = [];
  const seen = new Set<number>();
  const todo: { readonly start: number; readonly possible: boolean }[] = [{ start: 0, possible: false }];
  for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
    const { start, possible } = next;
    const [first, ...rest] = words.slice(start);
    if (first === undefined || seen.has(start)) continue;
    if (seen.size >= MAX_COMMANDS) {
      found.push({ kind: 'unseen', reason: 'too many programs that run one another' });
      return found;
    }
    seen.add(start);
    const program = basename(first);
    found.push(...oneCommand(program, rest, possible, isNested));
    const wrapped = wrapperOf(program, rest);
    if (wrapped === null) continue;
    const from = start + 1 + (rest.length - wrapped.rest.length);
    const elsewhere = possible || wrapped.wrapper.elsewhere === true;
    todo.push(
      { start: from + behindOptions(wrapped.rest, wrapped.wrapper), possible: elsewhere },
      ...possibleStarts(wrapped.rest, wrapped.wrapper).map((at) => ({ start: from + at, possible: true })),
    );
    // A whole command in one word: `ssh box 'rm x'`, `flock lock -c 'rm x'`, `parallel 'rm {}'`.
    found.push(
      ...wrapped.rest.filter(isScript).map((script) => ({ kind: 'script', script, possible: true }) as const),
    );
  }
  return found;
}

function oneCommand(
  program: string,
  rest: readonly string[],
  possible: boolean,
  isNested: boolean,
): Unwrapped[] {
  const self: Unwrapped = { kind: 'command', line: { program, arguments: rest }, possible };
  const runs = (script: string): Unwrapped => ({ kind: 'script', script, possible });
  if (SHELLS.has(program)) return [self, ...ofShell(program, rest, runs)];
  if (SCHEDULERS.has(program)) return [self, { kind: 'reads-input', shell: program }];
  if (INTERPRETERS.test(program)) return [self, { kind: 'code', words: rest }];
  switch (program) {
    case 'eval':
      return [self, runs(rest.join(' '))];
    case 'trap':
      return [self, runs(rest.find((word) => !word.startsWith('-')) ?? '')];
    case 'su':
    case 'script':
    case 'runuser':
      return [self, ...rest.flatMap((word, index) => ofCommandOption(word, rest[index + 1], runs))];
    case 'git':
      return ofGit(rest, possible);
    case 'find':
      return [self, ...ofFind(rest, isNested)];
    case 'env':
    case 'export':
    case 'declare':
      return [self, ...splitStrings(rest).map(runs), ...scriptsOfVariables(rest).map(runs)];
    case 'watch':
      return [self, runs(rest.slice(behindOptions(rest, { valued: 'n' })).join(' '))];
    default:
      return [self, ...scriptsWithin(program, rest).map(runs)];
  }
}

function isScript(word: string): boolean {
  return /\s/.test(word.trim());
}

/** `-c TEXT` is a script; a file is not seen; without either the shell reads its input. */
function ofShell(shell: string, words: readonly string[], runs: (script: string) => Unwrapped): Unwrapped[] {
  const position = words.findIndex((word) => /^-[a-zA-Z]*c$/.test(word));
  if (position >= 0) {
    const scripts = words.slice(position + 1).filter((word) => !/^[-+]/.test(word));
    return scripts.slice(0, 1).map(runs);
  }
  const file = words.find((word) => !/^[-+]/.test(word));
  if (file === undefined || words.includes('-s') || /^(?:\/dev\/stdin|\/dev\/fd\/0)$/.test(file)) {
    return [{ kind: 'reads-input', shell }];
  }
  return file.startsWith('/dev/') || file.startsWith('<(')
    ? [{ kind: 'unseen', reason: `"${shell}" runs what another program writes` }]
    : [];
}

/** `su -c 'rm x'`, `su --command='rm x'`. */
function ofCommandOption(
  word: string,
  next: string | undefined,
  runs: (script: string) => Unwrapped,
): Unwrapped[] {
  if (/^(?:-[a-z]*c|--(?:session-)?command)$/.test(word)) return next === undefined ? [] : [runs(next)];
  const joined = /^--(?:session-)?command=(.*)$/s.exec(word)?.[1];
  return joined === undefined ? [] : [runs(joined)];
}

/** `env GIT_PAGER='rm x' git log`, `export EDITOR='rm x'`. */
function scriptsOfVariables(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    return isRunVariable(name) ? value : [];
  });
}

/** `env -S 'rm -rf x'` holds a whole command in one word. */
function splitStrings(words: readonly string[]): string[] {
  const position = words.findIndex((word) => /^(?:-[0iv]*S|--split-string(?:=|$))/.test(word));
  const word = words[position];
  if (word === undefined) return [];
  return [[word.replace(/^(?:-[0iv]*S|--split-string=?)/, ''), ...words.slice(position + 1)].join(' ')];
}

/** What git does, behind its options; its own aliases are resolved where the command itself says what they are. */
function ofGit(words: readonly string[], possible: boolean): Unwrapped[] {
  let position = 0;
  const aliases = new Map<string, string>();
  const scripts: (string | null)[] = [];
  while ((words[position] ?? '').startsWith('-')) {
    const option = words[position] ?? '';
    const valued = GIT_VALUED.has(option);
    const [, name = '', value = ''] =
      /^(?:-c)?([^=]+)=(.*)$/s.exec(valued ? (words[position + 1] ?? '') : option) ?? [];
    if (name.startsWith('alias.')) aliases.set(name.slice('alias.'.length), value);
    scripts.push(scriptOfGitSetting(name, value));
    position += valued ? 2 : 1;
  }
  const [verb = '', ...rest] = words.slice(position);
  const line = (told: readonly string[]): Unwrapped => ({
    kind: 'command',
    line: { program: 'git', arguments: told },
    possible,
  });
  const aliased = (value: string, behind: readonly string[]): Unwrapped =>
    value.startsWith('!')
      ? { kind: 'script', script: [value.slice(1), ...behind].join(' '), possible }
      : line([...value.trim().split(/\s+/), ...behind]);
  const found = [line([verb, ...rest])];
  const alias = aliases.get(verb);
  if (alias !== undefined) found.push(aliased(alias, rest));
  // An alias that is made now is for use later.
  const made = verb === 'config' ? rest.findIndex((word) => word.startsWith('alias.')) : -1;
  const value = rest[made + 1];
  if (made >= 0 && value !== undefined) found.push(aliased(value, []));
  if (verb === 'config')
    scripts.push(...rest.map((word, index) => scriptOfGitSetting(word, rest[index + 1] ?? '')));
  scripts.push(...scriptsOfGit(verb, rest));
  for (const script of scripts) {
    if (script !== null && script !== '') found.push({ kind: 'script', script, possible: true });
  }
  return found;
}

/** `find . -exec rm {} ;` runs rm; `-delete` deletes. What is within `-exec` of an `-exec` is not followed. */
function ofFind(words: readonly string[], isNested: boolean): Unwrapped[] {
  const found: Unwrapped[] = [];
  for (let at = 0; at < words.length; at += 1) {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(words[at] ?? '')) continue;
    if (isNested) return [{ kind: 'unseen', reason: 'a find within a find' }];
    const rest = words.slice(at + 1);
    const end = rest.findIndex((part) => part === ';' || part === '+');
    const command = end < 0 ? rest : rest.slice(0, end);
    found.push(...unwrap(command, true));
    at += command.length;
  }
  return found;
}
