/** What the journal knows of a session; see the table `sessions`. */
export interface Session {
  readonly id: string;
  readonly framework: string;
  readonly clientId: string | null;
  readonly host: string | null;
  readonly project: string;
  readonly projectRank: number;
  readonly agent: string;
  readonly agentRank: number;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly cwd: string | null;
  readonly model: string | null;
  readonly startedMs: number;
  readonly lastMs: number;
  readonly endedMs: number | null;
  readonly endReason: string | null;
  readonly startType: string | null;
  /** True where the agent exports spans of its own: none are built beside them. */
  readonly ownSpans: boolean;
  readonly firstReceivedMs: number;
  /** Times of the events that told what is known by name of the field, unix ms: an earlier or later one may know better. */
  readonly toldMs: Readonly<Record<string, number>>;
}
