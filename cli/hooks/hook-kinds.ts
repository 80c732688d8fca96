import { claudeCodeHooks } from './claude-code/claude-code-hooks.ts';
import { codexHooks } from './codex/codex-hooks.ts';
import { gitHooks } from './git/git-hooks.ts';
import type { HookKind } from './hook-kind.ts';
import { openClawHooks } from './openclaw/openclaw-hooks.ts';

/** Every agent whose hooks can be installed. */
export const HOOK_KINDS: readonly HookKind[] = [claudeCodeHooks, codexHooks, gitHooks, openClawHooks];

/** The agent that a user means, by its name or an alias; undefined where there is none. */
export function findHookKind(word: string): HookKind | undefined {
  return HOOK_KINDS.find((kind) => kind.name === word || kind.aliases.includes(word));
}
