/** The agentmon envelope, version 1: one JSON object per event, as `POST /v1/events` of the bridge takes it. */
export interface Envelope {
  readonly schema: { readonly name: 'agentmon.event'; readonly version: 1 };
  readonly event: {
    /** Unique; an event that is sent again counts once. */
    readonly id: string;
    /** `session.start`, `run.end`, `span.end`, ...; `monitor schema` lists them with an example each. */
    readonly type: string;
    /** RFC 3339. */
    readonly ts: string;
    /** Rises with every event of one sender. */
    readonly seq: number;
    readonly source: { readonly framework: string; readonly client_id?: string; readonly host: string };
  };
  readonly correlation: Correlation;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What an event belongs to; every id is opaque. */
export interface Correlation {
  readonly session_id?: string;
  readonly run_id?: string;
  readonly span_id?: string;
  readonly parent_span_id?: string;
  readonly trace_id?: string;
}

/** Tokens of a run or of a model call. The four kinds are disjoint: together the first three are the whole prompt. */
export interface Usage {
  /** Sent, and neither read from a cache nor written to one. */
  readonly input_tokens?: number;
  /** Everything generated, reasoning too. */
  readonly output_tokens?: number;
  readonly cache_read_tokens?: number;
  readonly cache_creation_tokens?: number;
  /** Where the agent knows its cost itself, USD; else it is computed from the model's price. */
  readonly total_cost?: number;
  readonly model?: string;
}

/** How something ended. `failure` = it ran and failed, `error` = it did not run. */
export type Status = 'success' | 'failure' | 'error' | 'rejected' | 'cancelled';
