/** What is read off the bridge whenever its own metrics are exported. */
export interface Readings {
  readonly journalSizeBytes: number;
  /** Free on the journal's disk. */
  readonly diskFreeBytes: number;
  /** Events that are on disk and not projected yet. */
  readonly unprojectedEvents: number;
  readonly pendingFacts: number;
  /** Facts that changed after they were counted. */
  readonly factsCorrected: number;
  readonly deadLetters: number;
  /** Since the journal began. */
  readonly deadLettersGivenUp: number;
  readonly lanes: readonly { readonly target: string; readonly lane: string; readonly lagRecords: number }[];
}
