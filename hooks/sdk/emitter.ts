import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { defaultSpool } from './default-spool.ts';
import type { Correlation, Envelope, Status, Usage } from './envelope.ts';
import { createEventQueue } from './event-queue.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Options of `createEmitter`; every one has a default but `framework`. */
export interface EmitterOptions {
  /** What kind of agent this is: `my-agent`. */
  readonly framework: string;
  /** Base URL of the bridge's ingest port. @default AGENTMON_INGEST_URL, else http://127.0.0.1:8080 */
  readonly url?: string;
  /** Token, as `monitor env` prints one. @default AGENT_MONITOR_TOKEN, else none */
  readonly token?: string | null;
  /** @default what the token, the settings or the repository say */
  readonly project?: string;
  readonly agent?: string;
  /** Name of this instance of the agent. */
  readonly clientId?: string;
  /** @default the machine's name */
  readonly host?: string;
  /** Folder that keeps what nobody takes; null = memory only. @default beside agent-monitor's own state */
  readonly spool?: string | null;
  /** Events a request, at most. @default 100 */
  readonly batchSize?: number;
  /** How long an event waits for others, ms. @default 2000 */
  readonly flushMs?: number;
  /** How long one request may take, ms. @default 2000 */
  readonly timeoutMs?: number;
  /** Hears of what was refused or could not be sent. @default nobody */
  readonly onError?: (error: Error) => void;
}

/** Something that takes time: a tool call, a model call, a sub-agent. */
export interface Span {
  readonly id: string;
  /** Says that it is over. A second call says nothing. */
  end(result?: { readonly status?: Status; readonly exit_code?: number } & Fields): void;
}

/** What a span is. */
export interface SpanOptions {
  /** @default tool */
  readonly kind?: 'tool' | 'model' | 'subagent' | 'compaction' | 'other';
  /** The model's id of the call, where there is one: other sources know it by that. */
  readonly id?: string;
  readonly parentSpanId?: string;
  /** Further payload: `action`, `input_size_bytes`, ... */
  readonly payload?: Fields;
}

/**
 * Tells the bridge what an agent does. No call waits or throws: events are sent in the background, in order, and kept on
 * disk while the bridge is away. Events belong to the session and the run that were started last.
 */
export interface Emitter {
  /** Starts a session. @returns its id */
  sessionStart(payload?: { readonly session_id?: string; readonly model?: string } & Fields): string;
  sessionEnd(payload?: { readonly reason?: string } & Fields): void;
  /** Starts a run: one prompt up to its answer. @returns its id */
  runStart(payload?: { readonly run_id?: string } & Fields): string;
  runEnd(payload?: { readonly status?: Status; readonly usage?: Usage } & Fields): void;
  /** Starts a span. @param name name of the tool, or what else it is */
  span(name: string, options?: SpanOptions): Span;
  error(error: unknown, payload?: Fields): void;
  /** Tells how much was used so far in this run; what `runEnd` tells again counts once. */
  snapshot(usage: Usage): void;
  /** Any other event, see `monitor schema`. */
  emit(type: string, payload?: Fields, correlation?: Correlation): void;
  /** Resolves when all that was told is durable. */
  flush(): Promise<void>;
  /** Flushes for the last time. */
  close(): Promise<void>;
}

/** Builds an emitter. */
export function createEmitter(options: EmitterOptions): Emitter {
  const { env } = process;
  const queue = createEventQueue({
    url: options.url ?? env.AGENTMON_INGEST_URL ?? 'http://127.0.0.1:8080',
    token: options.token ?? env.AGENT_MONITOR_TOKEN ?? null,
    spool: options.spool === undefined ? defaultSpool(env) : options.spool,
    batchSize: options.batchSize ?? 100,
    flushMs: options.flushMs ?? 2000,
    timeoutMs: options.timeoutMs ?? 2000,
    onError: options.onError ?? (() => undefined),
  });
  const source = {
    framework: options.framework,
    ...(options.clientId === undefined ? {} : { client_id: options.clientId }),
    host: options.host ?? hostname(),
  };
  const attributes = Object.fromEntries(
    Object.entries({ project: options.project, agent: options.agent }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  let seq = 0;
  let sessionId: string | undefined;
  let runId: string | undefined;
  let runStartedMs = 0;

  const current = (): Correlation => ({
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(runId === undefined ? {} : { run_id: runId }),
  });

  const emit = (type: string, payload: Fields = {}, correlation: Correlation = {}): void => {
    seq += 1;
    const envelope: Envelope = {
      schema: { name: 'agentmon.event', version: 1 },
      event: { id: randomUUID(), type, ts: new Date().toISOString(), seq, source },
      correlation: { ...current(), ...correlation },
      attributes,
      payload,
    };
    queue.add(envelope);
  };

  return {
    sessionStart({ session_id: id = randomUUID(), ...payload } = {}) {
      sessionId = id;
      runId = undefined;
      emit('session.start', payload);
      return id;
    },
    sessionEnd(payload) {
      runId = undefined;
      emit('session.end', payload);
    },
    runStart({ run_id: id = randomUUID(), ...payload } = {}) {
      sessionId ??= randomUUID();
      runId = id;
      runStartedMs = Date.now();
      emit('run.start', payload);
      return id;
    },
    runEnd(payload = {}) {
      emit('run.end', { status: 'success', duration_ms: Date.now() - runStartedMs, ...payload });
      runId = undefined;
    },
    span(name, { kind = 'tool', id = randomUUID(), parentSpanId, payload } = {}) {
      const startedMs = Date.now();
      sessionId ??= randomUUID();
      const correlation = {
        ...current(),
        span_id: id,
        ...(parentSpanId === undefined ? {} : { parent_span_id: parentSpanId }),
      };
      const what = {
        kind,
        ...(kind === 'tool' ? { tool_name: name, tool_use_id: id } : { name }),
        ...payload,
      };
      emit('span.start', what, correlation);
      let ended = false;
      return {
        id,
        end(result = {}) {
          if (ended) return;
          ended = true;
          emit(
            'span.end',
            { ...what, status: 'success', duration_ms: Date.now() - startedMs, ...result },
            correlation,
          );
        },
      };
    },
    error(error, payload) {
      const told =
        error instanceof Error ? { error_type: error.name, error: error.message } : { error: String(error) };
      emit('error', { ...told, ...payload });
    },
    snapshot(usage) {
      emit('metric.snapshot', { ...usage });
    },
    emit,
    flush: queue.flush,
    close: queue.flush,
  };
}
