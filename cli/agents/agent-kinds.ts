import type { AgentKind } from './agent-target.ts';
import { claudeCode } from './claude-code.ts';
import { cline } from './cline.ts';
import { codex } from './codex.ts';
import { copilot } from './copilot.ts';
import { geminiCli } from './gemini-cli.ts';
import { goose } from './goose.ts';
import { openclaw } from './openclaw.ts';
import { opencode } from './opencode.ts';
import { qwenCode } from './qwen-code.ts';

/** Every agent that can be pointed here. */
export const AGENT_KINDS: readonly AgentKind[] = [
  claudeCode,
  codex,
  geminiCli,
  qwenCode,
  opencode,
  copilot,
  openclaw,
  cline,
  goose,
];

/** The agent that a user means, by its name or an alias; undefined where there is none. */
export function findAgentKind(word: string): AgentKind | undefined {
  return AGENT_KINDS.find((kind) => kind.name === word || kind.aliases.includes(word));
}
