import type { JournalHealth } from '../domain/journal.ts';

/** How the import of transcripts goes. */
export interface ImportStatus {
  /** `off`: not wanted. `waiting`: not begun. */
  readonly state: 'off' | 'waiting' | 'running' | 'done' | 'failed';
  readonly filesTotal: number;
  readonly filesDone: number;
  readonly events: number;
  readonly sessions: number;
  /** Oldest and newest event taken in, unix ms. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

/** Health of one lane to one target. */
export interface DeliveryStatus {
  readonly target: string;
  readonly lane: string;
  readonly state: string;
  readonly lagRecords: number;
  readonly lastSuccessMs: number | null;
  readonly lastError: string | null;
  readonly refusedRecords: number;
}

/** When an agent's own metrics and spans came last, unix ms. */
export interface AgentSignals {
  readonly framework: string;
  readonly project: string;
  readonly agent: string;
  readonly lastMetricMs: number | null;
  readonly lastLogMs: number | null;
  readonly lastSpanMs: number | null;
}

/** What the running service knows of itself and the journal does not. */
export interface ServiceStatus {
  /** Null where no transcripts are followed. */
  readonly import: ImportStatus | null;
  readonly delivery: readonly DeliveryStatus[];
  readonly signals: readonly AgentSignals[];
  /** Absent where the journal has no writer in this process. */
  readonly journal?: JournalHealth;
}
