import { setImmediate as nextTurn } from 'node:timers/promises';
import { MonitorError } from '../../domain/error.ts';
import type { AgentEvent, TokenClaims } from '../../domain/event.ts';
import type { AppendStatus, Journal } from '../../domain/journal.ts';
import { type DecodedEnvelope, decodeEnvelope, type Rejection } from './decode-envelope.ts';
import type { BatchElement } from './parse-batch.ts';

/** What became of one element of a batch. `index` as in the batch. */
export type ElementOutcome =
  | {
      readonly index: number;
      readonly id: string;
      readonly status: AppendStatus;
      readonly rejection?: undefined;
    }
  | { readonly index: number; readonly rejection: Rejection };

/** Takes envelopes, whichever transport they came by. */
export interface EnvelopeIntake {
  /**
   * Decodes, redacts and appends a batch, in one transaction. A bad element never fails its neighbours.
   * Resolves after the commit, with the outcomes in the order of the elements. Ids are as their sender wrote them.
   * @throws MonitorError as `Journal.append` does; nothing of the batch was kept then.
   */
  take(elements: readonly BatchElement[], claims: TokenClaims | undefined): Promise<ElementOutcome[]>;
}

/** What an intake needs. */
export interface EnvelopeIntakeOptions {
  readonly journal: Pick<Journal, 'append'>;
  /** Takes out of an event what must not be kept. */
  readonly redact: (event: AgentEvent) => AgentEvent;
}

/** After so long a large batch lets others have their turn. */
const TURN_MS = 10;

/** An element on its way: what was wrong with it, or where its event stands among those of the batch. */
type Pending = { readonly index: number; readonly id: string; readonly position: number } | ElementOutcome;

/** Builds the intake of envelopes. */
export function createEnvelopeIntake({ journal, redact }: EnvelopeIntakeOptions): EnvelopeIntake {
  return {
    async take(elements, claims) {
      const events: AgentEvent[] = [];
      const pending: Pending[] = [];
      let turnMs = performance.now();
      for (const element of elements) {
        const { index } = element;
        const { event, rejection }: DecodedEnvelope =
          element.rejection === undefined
            ? decodeEnvelope(element.value, { origin: 'ingest', claims })
            : { rejection: element.rejection };
        if (event === undefined) pending.push({ index, rejection });
        else pending.push({ index, id: event.id, position: events.push(redact(event)) - 1 });
        if (performance.now() - turnMs > TURN_MS) {
          await nextTurn();
          turnMs = performance.now();
        }
      }
      const statuses = events.length === 0 ? [] : await journal.append({ events });
      return pending.map((outcome) =>
        'position' in outcome ? settled(outcome, statuses[outcome.position]) : outcome,
      );
    },
  };
}

function settled(
  { index, id }: { readonly index: number; readonly id: string },
  status: AppendStatus | undefined,
): ElementOutcome {
  if (status === undefined) {
    throw new MonitorError('internal', `Cannot acknowledge event "${id}": the journal did not answer for it`);
  }
  return { index, id, status };
}
