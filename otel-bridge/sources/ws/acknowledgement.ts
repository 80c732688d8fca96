import { envelopeId } from '../envelope/envelope-id.ts';
import type { ElementOutcome } from '../envelope/envelope-intake.ts';
import type { BatchElement } from '../envelope/parse-batch.ts';
import { toProblem } from '../http/problem.ts';
import type { SourceLog } from '../http/source-server.ts';

/** An event that was not taken. */
export interface RefusedEvent {
  /** Its id; null where it has none. */
  readonly id: string | null;
  /** `unavailable` = send it again; anything else stays wrong. */
  readonly code: string;
  readonly message: string;
}

/** The answer to one message of a WebSocket sender. */
export interface Acknowledgement {
  /** Ids of the events that are on disk since now, as their sender wrote them. */
  readonly accepted: readonly string[];
  /** Ids of those that were there before. */
  readonly duplicates: readonly string[];
  readonly rejected: readonly RefusedEvent[];
  /** When to send the events again that are `unavailable`. */
  readonly retry_after_s?: number;
}

/** The answer to a batch that the journal took. */
export function acknowledge(outcomes: readonly ElementOutcome[]): Acknowledgement {
  const accepted: string[] = [];
  const duplicates: string[] = [];
  const rejected: RefusedEvent[] = [];
  for (const outcome of outcomes) {
    if (outcome.rejection !== undefined) rejected.push(outcome.rejection);
    else if (outcome.status === 'stored') accepted.push(outcome.id);
    else duplicates.push(outcome.id);
  }
  return { accepted, duplicates, rejected };
}

/** The answer to a message of which nothing was taken. A fault of ours is logged and keeps its detail. */
export function refuseAll(
  elements: readonly BatchElement[],
  error: unknown,
  log: SourceLog,
): Acknowledgement {
  const problem = toProblem(error);
  if (problem.status === 500) log.error({ err: error }, 'WebSocket message failed');
  const { code, detail: message } = problem;
  const ids = elements.length === 0 ? [null] : elements.map(({ value }) => envelopeId(value));
  const retryAfter = problem.headers?.['retry-after'];
  return {
    accepted: [],
    duplicates: [],
    rejected: ids.map((id) => ({ id, code, message })),
    ...(retryAfter === undefined ? {} : { retry_after_s: Number(retryAfter) }),
  };
}
