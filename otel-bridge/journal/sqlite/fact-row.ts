import type { Fact } from '../../domain/fact.ts';

/** Columns of the table `facts` in the order of `factRow`; the key is the first. */
export const FACT_COLUMNS = [
  'key',
  'kind',
  'session_id',
  'run_id',
  'parent_span_id',
  'trace_id',
  'event_type',
  'start_ms',
  'end_ms',
  'at_ms',
  'ts_nanos',
  'name',
  'outcome',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'cost_nano_usd',
  'cost_source',
  'duration_ms',
  'data',
  'origins',
  'state',
  'due_ms',
  'history',
  'superseded',
  'first_received_ms',
  'first_seq',
] as const;

/** Values of one fact in the order of `FACT_COLUMNS`. */
export function factRow(fact: Fact, superseded: boolean): (string | number | null)[] {
  return [
    fact.key,
    fact.kind,
    fact.sessionId,
    fact.runId,
    fact.parentSpanId,
    fact.traceId,
    fact.eventType,
    integer(fact.startMs),
    integer(fact.endMs),
    integer(fact.endMs ?? fact.startMs) ?? 0,
    fact.tsNanos,
    fact.name,
    fact.outcome,
    fact.inputTokens,
    fact.outputTokens,
    fact.cacheReadTokens,
    fact.cacheCreationTokens,
    fact.costNanoUsd,
    fact.costSource,
    fact.durationMs,
    JSON.stringify(fact.data),
    JSON.stringify(fact.origins),
    fact.state,
    integer(fact.dueMs),
    fact.history ? 1 : 0,
    superseded ? 1 : 0,
    fact.firstReceivedMs,
    fact.firstJournalSeq,
  ];
}

/** The fact of a row of the table `facts`. */
export function rowFact(row: Record<string, unknown>): Fact {
  return {
    key: String(row.key),
    kind: row.kind as Fact['kind'],
    sessionId: textOrNull(row.session_id),
    runId: textOrNull(row.run_id),
    parentSpanId: textOrNull(row.parent_span_id),
    traceId: textOrNull(row.trace_id),
    eventType: String(row.event_type),
    startMs: numberOrNull(row.start_ms),
    endMs: numberOrNull(row.end_ms),
    tsNanos: Number(row.ts_nanos),
    name: textOrNull(row.name),
    outcome: row.outcome as Fact['outcome'],
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    cacheReadTokens: Number(row.cache_read_tokens),
    cacheCreationTokens: Number(row.cache_creation_tokens),
    costNanoUsd: numberOrNull(row.cost_nano_usd),
    costSource: row.cost_source as Fact['costSource'],
    durationMs: numberOrNull(row.duration_ms),
    data: JSON.parse(String(row.data)) as Fact['data'],
    origins: JSON.parse(String(row.origins)) as Fact['origins'],
    state: row.state as Fact['state'],
    dueMs: numberOrNull(row.due_ms),
    history: row.history === 1,
    firstReceivedMs: Number(row.first_received_ms),
    firstJournalSeq: Number(row.first_seq),
  };
}

function integer(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
