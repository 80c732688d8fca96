import type { AgentEvent } from '../../domain/event.ts';
import type { ClaudeState } from './transcript-state.ts';

/** What a line tells, and what to remember for the next one. */
export interface ClaudeStep {
  readonly events: readonly AgentEvent[];
  readonly state: ClaudeState;
}

/** A file of nothing but user lines must not fill the memory. */
const MAX_HELD = 200;

/**
 * Keeps events back until it is known whose they are. `--fork-session` copies a session's history into a new file,
 * under the new session's id; only the lines of model calls say that they are copies (`requestSessionId`).
 */
export function hold(state: ClaudeState, ...events: readonly AgentEvent[]): ClaudeStep {
  const held = [...state.held, ...events];
  return held.length <= MAX_HELD
    ? { events: [], state: { ...state, held } }
    : { events: held, state: { ...state, held: [] } };
}

/** The events that were kept back are the session's own. */
export function releaseHeld(state: ClaudeState): ClaudeStep {
  return state.held.length === 0
    ? { events: [], state }
    : { events: state.held, state: { ...state, held: [] } };
}

/** The events that were kept back are copies: their own transcript tells of them. */
export function dropHeld(state: ClaudeState, copiedFrom: string): ClaudeState {
  return { ...state, held: [], started: false, forkedFrom: copiedFrom };
}

/** The message that had no end will get none: it was broken off, or an older version never writes it. */
export function releaseUnfinished(state: ClaudeState): ClaudeStep {
  const { unfinished, ...rest } = state;
  return unfinished === undefined ? { events: [], state } : { events: [unfinished], state: rest };
}

/** Nothing more comes of the run that seemed to have ended. */
export function releaseRunEnd(state: ClaudeState): ClaudeStep {
  const { runEnd, ...rest } = state;
  return runEnd === undefined ? { events: [], state } : { events: [runEnd], state: rest };
}

/** Runs one step after the other. */
export function inTurn(
  state: ClaudeState,
  ...steps: readonly ((state: ClaudeState) => ClaudeStep)[]
): ClaudeStep {
  const events: AgentEvent[] = [];
  let current = state;
  for (const step of steps) {
    const done = step(current);
    events.push(...done.events);
    current = done.state;
  }
  return { events, state: current };
}
