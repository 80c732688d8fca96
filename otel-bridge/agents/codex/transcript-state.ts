import type { CodexTool } from './tool-name.ts';

/** A tool call that began. */
export interface OpenCall extends CodexTool {
  readonly startedMs: number;
  /** Patch of an `apply_patch`, kept until its outcome is known. */
  readonly patch?: string;
}

/** What is remembered between two lines of one of Codex's transcripts. */
export interface CodexState {
  /** Id of the thread; undefined before the first line. */
  readonly sessionId?: string;
  /** Where and how it runs, as the first line says. */
  readonly cwd?: string;
  readonly branch?: string;
  readonly version?: string;
  readonly provider?: string;
  /** Who asks in it: `person`, `script`, or `system` (a parent agent). */
  readonly promptSource?: string;
  /** Set in the thread of a sub-agent. */
  readonly subagent?: { readonly type: string; readonly id: string };
  /** As the last turn was told to work. */
  readonly model?: string;
  readonly effort?: string;
  readonly mode?: string;
  readonly windowTokens?: number;
  /** True while lines are read that a sub-agent's thread copied from its parent's. */
  readonly copied?: boolean;
  /** The turn that goes on, and the run of its newest prompt. */
  readonly turnId?: string;
  readonly runId?: string;
  /** True where its prompt came while the turn went on: the turn's figures are not the run's. */
  readonly steered?: boolean;
  /** How many prompts of each length were given. */
  readonly prompts: Readonly<Record<string, number>>;
  /** Which kind of line tells of prompts: some versions write both. */
  readonly promptLine?: string;
  /** Tool calls without a result, by call id, and what other lines told of their end. */
  readonly calls: Readonly<Record<string, OpenCall>>;
  readonly ends: Readonly<Record<string, { readonly failed: boolean; readonly exitCode?: number }>>;
  /** When the newest thing that a model call answers to was written, unix ms. */
  readonly askedMs?: number;
  /** True where the model's answer that is being read is a summary of the conversation. */
  readonly compacting?: boolean;
  readonly compactions: number;
  /** Tokens of the whole prompt of the newest model call. */
  readonly contextTokens?: number;
  /** True where model calls have lines of their own; before, sums told of them. */
  readonly hasUsageRecords?: boolean;
  readonly totalTokens?: number;
  /** The limits that were told last, as text. */
  readonly limits?: string;
  /** The turn whose failure was told. */
  readonly failedTurn?: string;
}

/** At the start of a file. */
export const INITIAL_STATE: CodexState = { prompts: {}, calls: {}, ends: {}, compactions: 0 };
