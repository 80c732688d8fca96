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
  /** Shell words that name the hook that was there before, in the order in which they run. */
  readonly before: readonly string[];
}

/**
 * A git hook that runs those that were there before with the same arguments and input, ends as they end, and then does
 * ours, which never fails.
 */
export function gitHookScript({ name, sender, sessionTrailer, before }: GitHookScriptOptions): string {
  const chain = before.map((path) => `before=${path}\n[ ! -x "$before" ] || "$before" "$@" || exit $?`);
  const session = sessionTrailer ? ['session'] : [];
  const own =
    name === 'prepare-commit-msg'
      ? [`${quoteCommand([...sender, 'git', 'trailers', ...session])} "$1" </dev/null || true`]
      : name === 'post-commit'
        ? [`${quoteCommand([...sender, 'git', 'commit'])} </dev/null || true`]
        : [];
  return ['#!/bin/sh', MARK, ...chain, ...own, 'exit 0', ''].join('\n');
}

/** True for a script of ours. */
export function isOwnScript(text: string | null): boolean {
  return text?.includes(MARK) ?? false;
}
