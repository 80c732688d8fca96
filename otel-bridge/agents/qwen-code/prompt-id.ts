/** What the id of a prompt tells: `<session>########<n>` for a prompt, `<session>#<sub-agent>#<n>` for a sub-agent. */
export interface PromptId {
  /** The run that it belongs to; undefined where the id does not say. */
  readonly runId?: string;
  /** The run of a sub-agent that it belongs to. */
  readonly subagentId?: string;
}

const PROMPT = /^(.*########\d+)(?:\/.*)?$/;
const SUBAGENT = /^[^#]+#([^#]+)#\d+$/;

/** Reads a prompt id. What Qwen Code asks by itself after a prompt (`.../automatic/6`) belongs to that prompt. */
export function readPromptId(promptId: string | undefined): PromptId {
  if (promptId === undefined) return {};
  const runId = PROMPT.exec(promptId)?.[1];
  if (runId !== undefined) return { runId };
  const subagentId = SUBAGENT.exec(promptId)?.[1];
  return subagentId === undefined ? {} : { subagentId };
}
