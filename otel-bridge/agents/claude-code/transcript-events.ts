import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { present } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { CLAUDE_CODE } from './framework.ts';
import type { TranscriptLine } from './transcript-line.ts';

/** Texts are cut here: nobody reads more in a timeline, and lines of transcripts can hold megabytes. */
const MAX_TEXT_LENGTH = 16_384;

/** What is told of a line, without what every event of that line has in common. */
export interface Told {
  readonly type: string;
  /** Tells the events of one line apart. */
  readonly part: string;
  readonly correlation?: Partial<Correlation> | undefined;
  readonly payload: JsonObject;
  /** Unix ms; the line's own time where left out. */
  readonly tsMs?: number | undefined;
}

/** An event that a line tells. Its id follows from the line's uuid, which copies of the line share. */
export function lineEvent(line: TranscriptLine, context: TranscriptContext, told: Told): AgentEvent {
  return {
    id: `${CLAUDE_CODE}:${line.uuid ?? line.sessionId ?? 'line'}:${told.part}`,
    type: told.type,
    tsMs: Math.round(told.tsMs ?? line.tsMs ?? 0),
    tsNanos: 0,
    source: { framework: CLAUDE_CODE, host: context.host },
    correlation: present<Correlation>({
      sessionId: line.copiedFrom ?? line.sessionId,
      ...told.correlation,
    }),
    attributes: lineAttributes(line, context),
    payload: told.payload,
    origin: context.origin,
  };
}

/** Where the session works: on every event, since any may be the first that arrives. */
function lineAttributes(line: TranscriptLine, { privacy, repositoryOf }: TranscriptContext): JsonObject {
  const { cwd } = line;
  return present({
    cwd: privacy.filePaths ? cwd : undefined,
    repository: cwd === undefined ? undefined : repositoryOf(cwd),
    branch: line.branch,
    agent_version: line.version,
  });
}

/** A text as it may be told. */
export function shortText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}
