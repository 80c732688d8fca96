import type { AgentEvent, JsonObject } from './event.ts';

/** A tool call that an agent asks leave for, as its hook tells it: before anything is redacted. */
export interface ToolCallRequest {
  /** The event that the hook was turned into, before redaction: who asks, in which session, with which token. */
  readonly event: AgentEvent;
  /** Name as the agent says it: `Bash`, `mcp__github__push_files`. */
  readonly toolName: string;
  /** The tool's input as the agent says it; never stored. */
  readonly input: JsonObject;
  /** Folder that relative paths start from; undefined where the agent does not tell. */
  readonly cwd?: string | undefined;
  /** False where the call was made already and is only told of: it is recorded, and no verdict helps. */
  readonly waits: boolean;
}

/** What an agent is answered that asks leave. Nothing said = it goes on as it would have. */
export interface Verdict {
  readonly decision: 'deny';
  /** One sentence for the agent and its user: which rule, and what of the call matched it. */
  readonly reason: string;
}

/** Judges a call before it runs; null where there is nothing against it, or rules are only observed. */
export type Judge = (request: ToolCallRequest) => Verdict | null;

/** Patterns of calls, by kind; see settings.yaml. */
export interface GuardLists {
  /** `rm -rf`, `git push`, `curl`: a program, and words that it is called with. */
  readonly commands: readonly string[];
  /** Files and folders with `*` and `**`; a folder means all below it. */
  readonly paths: readonly string[];
  /** Names of tools with `*`. */
  readonly tools: readonly string[];
  /** Host names; each means its subdomains too. */
  readonly domains: readonly string[];
}

/** What limits and lists say for one project. Null = no limit. */
export interface GuardRules {
  readonly mode: 'off' | 'observe' | 'enforce';
  /** Tokens that one task may use; what came from a cache is not counted. */
  readonly maxTokensPerTask: number | null;
  /** Operations on files that one session may make. */
  readonly maxFileOperations: number | null;
  /** Length of a task, ms. */
  readonly maxDurationMs: number | null;
  /** Cost of a task, nano-dollars. */
  readonly maxCostNanoUsd: number | null;
  /** Cost of the project since midnight, nano-dollars. */
  readonly maxDayCostNanoUsd: number | null;
  /** Tool calls that failed one after the other. */
  readonly maxFailuresInRow: number | null;
  /** Same tool with the same input, one after the other. */
  readonly maxRepeats: number | null;
  readonly allow: GuardLists;
  readonly deny: GuardLists;
}

/** What a project cost on a day. */
export interface DayCost {
  /** `2026-11-21`, in the time zone of the bridge. */
  readonly date: string;
  readonly costNanoUsd: number;
}

/** What was used up in a session, for limits. */
export interface GuardLoad {
  readonly project: string;
  readonly agent: string;
  readonly framework: string;
  readonly host: string | null;
  /** The newest run, which is the task where nothing else is; null where none is known. */
  readonly runId: string | null;
  readonly runStartedMs: number | null;
  /** The task that the run is part of; null where it is one by itself. */
  readonly taskId: string | null;
  /** Up to when that run is known to go on, unix ms; null where it ended. Agents do not always say when one ends. */
  readonly runUntilMs: number | null;
  /** Of that run, without what came from a cache. */
  readonly tokens: number;
  readonly costNanoUsd: number;
  /** Of the session. */
  readonly fileOperations: number;
  /** The newest tool calls of the session that failed, up to the newest that did not. */
  readonly failuresInRow: number;
}
