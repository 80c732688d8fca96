import type { JsonObject } from '../domain/event.ts';
import type { FactKind, Outcome } from '../domain/fact.ts';
import type { Usage } from './usage.ts';

/** What one event adds to what is known of one fact. Absent fields say nothing. */
export interface FactPatch {
  readonly key: string;
  readonly kind: FactKind;
  readonly eventType: string;
  readonly runId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly name?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly usage?: Usage | undefined;
  readonly durationMs?: number | undefined;
  readonly data: JsonObject;
  /** The fact is whole with this patch: it may settle. */
  readonly ready: boolean;
  /** Whole, but its sender may still improve it: wait longer. */
  readonly provisional?: boolean | undefined;
  /** Whole, but what makes it needless, or says more of it, may follow: wait for that even where telemetry told. */
  readonly waits?: boolean | undefined;
}
