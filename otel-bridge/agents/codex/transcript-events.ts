import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { present } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { CODEX } from './framework.ts';
import type { CodexState } from './transcript-state.ts';

/** Texts are cut here: nobody reads more in a timeline, and lines of transcripts can hold megabytes. */
const MAX_TEXT_LENGTH = 16_384;

/** What a line tells, and what to remember for the next one. */
export interface CodexStep {
  readonly events: readonly AgentEvent[];
  readonly state: CodexState;
}

/** What is told, without what every event of a thread has in common. */
export interface Told {
  readonly type: string;
  /** Tells the events of a thread apart: a call id, a response id, ... */
  readonly part: string;
  readonly tsMs: number;
  readonly correlation?: Partial<Correlation>;
  readonly payload: JsonObject;
}

/** An event of a thread. Its id follows from what the line itself says, so that a line read twice is one event. */
export function threadEvent(state: CodexState, context: TranscriptContext, told: Told): AgentEvent {
  const { cwd } = state;
  const { privacy, repositoryOf } = context;
  return {
    id: `${CODEX}:${state.sessionId ?? 'thread'}:${told.part}`,
    type: told.type,
    tsMs: Math.round(told.tsMs),
    tsNanos: 0,
    source: { framework: CODEX, host: context.host },
    correlation: present<Correlation>({
      sessionId: state.sessionId,
      runId: state.runId,
      ...told.correlation,
    }),
    attributes: present({
      cwd: privacy.filePaths ? cwd : undefined,
      repository: cwd === undefined ? undefined : repositoryOf(cwd),
      branch: state.branch,
      agent_version: state.version,
    }),
    payload: told.payload,
    origin: context.origin,
  };
}

/** A text as it may be told. */
export function shortText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}
