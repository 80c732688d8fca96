import { quoteCommand } from '../quote-command.ts';

/** Every hook that git may run from a folder of hooks (githooks(5)). */
export const GIT_HOOKS = [
  'applypatch-msg',
  'commit-msg',
  'post-applypatch',
  'post-checkout',
  'post-commit',
  'post-index-change',
  'post-merge',
  'post-receive',
  'post-rewrite',
  'post-update',
  'pre-applypatch',
  'pre-auto-gc',
  'pre-commit',
  'pre-merge-commit',
  'pre-push',
  'pre-rebase',
  'pre-receive',
  'prepare-commit-msg',
  'proc-receive',
  'push-to-checkout',
  'reference-transaction',
  'sendemail-validate',
  'update',
];
/** Those that we have something to do in. */
export const OWN_GIT_HOOKS = ['prepare-commit-msg', 'post-commit'];

/** By this line our scripts are known. */
export const MARK = '# agent-monitor: "monitor hooks remove git" takes this away.';

/** Options of `gitHookScript`. */
export interface GitHookScriptOptions {
  /** Name of the hook. */
  readonly name: string;
  /** Words that run the sender. */
  readonly sender: readonly string[];
  readonly sessionTrailer: boolean;
  /** The hooks that were there before, in the order in which they run. */
  readonly before: readonly EarlierHook[];
}

/** A hook that ours stands in front of. */
export interface EarlierHook {
  /** Shell words that name its file. */
  readonly path: string;
  /** Set where it was moved aside and is a shell's: how that is called. Then it runs under the name that it had. */
  readonly shell: string | null;
}

/** How the shell is called that a script names in its first line; null for any other program. */
export function shellOf(script: string): string | null {
  const [, path = '', flags = ''] =
    /^#!\s*(\S+(?:\/env\s+\w+)?)((?:\s+-\w+)*)\s*$/m.exec(script.split('\n', 1)[0] ?? '') ?? [];
  return /(?:^|[/\s])(?:sh|bash|dash|ksh)$/.test(path) ? `${path}${flags}` : null;
}

/**
 * A git hook that runs those that were there before with the same arguments and input, ends as they end, and then does
 * ours, which never fails.
 */
export function gitHookScript({ name, sender, sessionTrailer, before }: GitHookScriptOptions): string {
  const chain = before.map(
    ({ path, shell }) =>
      `before=${path}\n[ ! -x "$before" ] || ${shell === null ? '"$before" "$@"' : underItsName(shell)} || exit $?`,
  );
  const session = sessionTrailer ? ['session'] : [];
  const own =
    name === 'prepare-commit-msg'
      ? [`${quoteCommand([...sender, 'git', 'trailers', ...session])} "$1" </dev/null || true`]
      : name === 'post-commit'
        ? [`${quoteCommand([...sender, 'git', 'commit'])} </dev/null || true`]
        : [];
  return ['#!/bin/sh', MARK, ...chain, ...own, 'exit 0', ''].join('\n');
}

/** Hook managers such as husky go by the name under which they are called: that is where ours stands now. */
function underItsName(shell: string): string {
  return `${shell} -c 'before=$1; shift; . "$before"' "$0" "$before" "$@"`;
}

/** True for a script of ours. */
export function isOwnScript(text: string | null): boolean {
  return text?.includes(MARK) ?? false;
}
