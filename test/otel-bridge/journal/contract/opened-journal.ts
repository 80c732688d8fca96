import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import type { Journal } from '../../../../otel-bridge/domain/journal.ts';
import type { ReadModel } from '../../../../otel-bridge/domain/read-model.ts';
import { makeEvent } from '../../../helpers/make-event.ts';

/** Name of the only target of a journal under test; it takes every lane. */
export const TARGET = 'store';

/** A journal under test, on storage of its own. Facts settle at once; disposing it deletes the storage. */
export interface OpenedJournal extends AsyncDisposable {
  readonly journal: Journal;
  readonly readModel: ReadModel;
  /** Closes it and opens it again on the same storage, as a restart does. */
  reopen(): Promise<void>;
  /** Opens the same storage for writing once more, beside this one. */
  openSecond(): Promise<Journal>;
}

/** Makes an empty journal. */
export type OpenJournal = () => Promise<OpenedJournal>;

/** A model call of a session; the same `n` is the same call. */
export function modelCall(n: number, overrides: Partial<AgentEvent> = {}): AgentEvent {
  return makeEvent({
    id: `call-${n}`,
    type: 'api.request',
    origin: 'telemetry',
    correlation: { sessionId: 's1', runId: 'r1' },
    tsMs: Date.now() - 5000 + n,
    attributes: { project: 'demo', agent: 'a' },
    payload: { model: 'm', input_tokens: 10, output_tokens: 1, cost_usd: 0.5, request_id: `req-${n}` },
    ...overrides,
  });
}

/** Input tokens by the read model, over all time. */
export function inputTokens({ readModel }: OpenedJournal): number {
  const all = { by: [], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, timezone: 'UTC' };
  return readModel.usage(all).total.inputTokens;
}

/** The newest value of the counter of model calls that waits for the target. */
export async function countedCalls({ journal }: OpenedJournal): Promise<number> {
  const records = await journal.readOutbox('metrics', 0, 100_000);
  const values = records.flatMap((record) =>
    record.lane === 'metrics' && record.point.metric === 'agent.api.request.count'
      ? [record.point.value]
      : [],
  );
  return Number(values.at(-1) ?? 0);
}
