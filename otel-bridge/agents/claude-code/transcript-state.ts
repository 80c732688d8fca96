import type { AgentEvent } from '../../domain/event.ts';

/** A tool call that began. */
export interface OpenCall {
  readonly startedMs: number;
  readonly name: string;
  /** Its command, where that may make a commit or a pull request: its output tells. */
  readonly command?: string;
  /** Set where the call belongs to another session than the file's (history that a fork copied). */
  readonly sessionId?: string;
}

/** What is remembered between two lines of one of Claude Code's transcripts. */
export interface ClaudeState {
  /** The earliest that the process that writes now told of, unix ms; undefined before its first line. */
  readonly partStartMs?: number | undefined;
  /** The latest that the process before told of, unix ms. */
  readonly partsBeforeMs?: number;
  /** True once the process that began the session has ended: whoever goes on took it up again. */
  readonly wasEnded?: boolean;
  /** The newest time that a line told, unix ms. */
  readonly lastMs: number;
  /** True once `session.start` was told (or is held). */
  readonly started: boolean;
  /** The run that lines without a prompt id belong to. */
  readonly runId?: string;
  /** The session whose history this one began with. */
  readonly forkedFrom?: string;
  /** Events that may yet turn out to be a fork's copies of another session's history. */
  readonly held: readonly AgentEvent[];
  /** Tool calls without a result, by tool-use id. */
  readonly calls: Readonly<Record<string, OpenCall>>;
  /** Tool calls of copied history, whose results tell nothing either. */
  readonly copiedCalls: readonly string[];
  /** The message whose lines are being read, and the usage that was told of it. */
  readonly message?: { readonly id: string; readonly told: string };
  /** A message without an end so far, as it is told once it is clear that it ended like that. */
  readonly unfinished?: AgentEvent;
  /** The request that was sent last. */
  readonly request?: { readonly id: string; readonly sentMs: number; readonly model?: string };
  /** An end of the run that the next lines confirm or take back. */
  readonly runEnd?: AgentEvent;
}

/** At the start of a file. */
export const INITIAL_STATE: ClaudeState = {
  lastMs: 0,
  started: false,
  held: [],
  calls: {},
  copiedCalls: [],
};
