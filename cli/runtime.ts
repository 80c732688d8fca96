import type { Output } from './output/output.ts';
import type { PackageFiles } from './package-files.ts';
import type { HomePaths } from './settings/paths.ts';
import type { Settings } from './settings/schema.ts';

/** The two ways to run. */
export type RuntimeName = 'docker' | 'embedded';

/** State of one part. `starting`: it runs and does not answer yet. `degraded`: it runs and says that it is not well. */
export type PartState = 'healthy' | 'starting' | 'degraded' | 'stopped';

/** One part of what runs, as `status` shows it. */
export interface PartStatus {
  /** `bridge`, `loki`, `host`. */
  readonly name: string;
  readonly state: PartState;
  /** Where a person or a program reaches it; null where nothing is published. */
  readonly url: string | null;
  /** Since when it runs, ISO 8601 UTC; null when it does not. */
  readonly since: string | null;
  /** Why it is in that state, or how much it works; null where there is nothing to say. */
  readonly note: string | null;
}

/** A line that a part has logged. */
export interface PartLogLine {
  readonly part: string;
  /** ISO 8601 UTC; null where the part's log does not say. */
  readonly ts: string | null;
  readonly text: string;
}

/** What a runtime works on; settled by init. */
export interface RuntimeOptions {
  readonly paths: HomePaths;
  readonly settings: Settings;
  /** Folder with bridge.json and, for docker, compose.yaml. */
  readonly stackDir: string;
  readonly packageFiles: PackageFiles;
  /** Environment for child processes. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** How to start. */
export interface UpPlan {
  /** False: return once it was started. */
  readonly wait: boolean;
  readonly timeoutMs: number;
  /** When images are pulled; docker alone. */
  readonly pull: 'missing' | 'never' | 'always';
  /** Stay in the terminal until a signal ends it; `onReady` is called once everything answers. */
  readonly foreground: boolean;
  onReady?(): Promise<void>;
}

/** What `up` found or did. */
export interface UpReport {
  /** It ran already and was left alone. */
  readonly alreadyRunning: boolean;
  readonly parts: readonly PartStatus[];
}

/** What `down` did. */
export interface DownReport {
  /** Parts that ran and were stopped. */
  readonly stopped: readonly string[];
  /** Where data is kept, or was: folders and volumes. */
  readonly data: readonly string[];
  readonly deleted: boolean;
}

/** Which lines of the logs. */
export interface LogQuery {
  /** One part, or all where null. */
  readonly part: string | null;
  /** How many lines of the past of each part; null = all. */
  readonly lines: number | null;
  /** Not older than this; null = however old. */
  readonly sinceMs: number | null;
  readonly follow: boolean;
}

/** One way to run the product. */
export interface Runtime {
  readonly name: RuntimeName;
  /**
   * What must be there before init may settle on it and before `up`.
   * @throws CliError PREREQUISITE_MISSING with the remedy
   */
  checkPrerequisites(): Promise<void>;
  /**
   * Starts and waits until every part answers. Already running with the same configuration: does nothing.
   * @throws CliError PORT_IN_USE, PART_FAILED (with the last log lines), TIMEOUT, IMAGE_MISSING, OTHER_OWNER
   */
  up(plan: UpPlan): Promise<UpReport>;
  /** Stops everything; nothing running is no failure. `deleteData` removes journal and volumes as well. */
  down(options: { readonly deleteData: boolean; readonly timeoutMs: number }): Promise<DownReport>;
  /** Every part, stopped ones too. */
  status(): Promise<readonly PartStatus[]>;
  /** Names that `logs` takes. */
  partNames(): readonly string[];
  /** Log lines, oldest first. @throws CliError NOT_RUNNING where nothing was ever started */
  logs(query: LogQuery): AsyncIterable<PartLogLine>;
}
