/** Whose agents are watched: all of a user's, or those in one project. */
export type HookScope = 'user' | 'project';

/** Where hooks send what they see, and as whom. */
export interface HookTarget {
  /** Base URL of the bridge's ingest port. */
  readonly url: string;
  /** Null where the bridge wants none. */
  readonly token: string | null;
  /** Name of the machine that the agent runs on. */
  readonly host: string;
  /** Null: the rules in settings.yaml and the repository decide. */
  readonly project: string | null;
  readonly agent: string | null;
  /** True where calls are to be refused while the bridge is away (`guardrails.on_unreachable: deny`). @default false */
  readonly refusesWhenAway?: boolean;
}

/** What is to be installed, removed or looked at. */
export interface HookRequest {
  readonly scope: HookScope;
  /** Home folder of the user whose agents are watched. */
  readonly home: string;
  /** The project's folder. */
  readonly projectDir: string;
  readonly target: HookTarget;
  /** Words that run the sender; the agent's name comes behind them. */
  readonly sender: readonly string[];
  /** Folder of this package with what is installed as it is. */
  readonly hooksDir: string;
  /** Folder on that machine that keeps events that nobody takes (`spool/events`). */
  readonly spoolDir: string;
  /** Whether commits may name the session (`git.session_trailer`). */
  readonly sessionTrailer: boolean;
  /** What an agent's files hold now; null where there is none. */
  read(path: string): Promise<string | null>;
  /** What was remembered of an edit when it was made; null where nothing was. */
  remembered(path: string): EditMemory | null;
}

/** What has to be known of an edit to take it back. */
export interface EditMemory {
  /** Whether the file was there before. */
  readonly existed: boolean;
  /** What the edit created beside the handlers, in the words of the kind. */
  readonly created: readonly string[];
  /** What a file held that was there before and held nothing but blanks. */
  readonly blank?: string | undefined;
  /**
   * What has to stay in the file for the hooks to work: the URL or command below `hooks.<event>` of its JSON, or, where
   * `event` is null, a text anywhere in it. The host part watches it (otel-bridge/host/hook-watch/). @default nothing
   */
  readonly handlers?: readonly { readonly event: string | null; readonly text: string }[];
}

/** A file as it is and as it is to be. `before` and `after` null: there is none. */
export interface FileEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Permissions of a file that is created. @default 0o600 */
  readonly mode?: number;
  /** To be remembered; left out by removals. */
  readonly memory?: EditMemory;
}

/** What is installed of an agent's hooks in one file. */
export interface HookListing {
  readonly file: string;
  /** Names of the hooks that are installed. */
  readonly installed: readonly string[];
  /** Those that are not, out of those that could be; all where nothing is installed. */
  readonly missing: readonly string[];
  /** What keeps installed hooks from working, or what else is worth knowing; null where there is nothing. */
  readonly note: string | null;
}

/** The hooks of one kind of agent, and where they are configured. Pure but for `read`. */
export interface HookKind {
  /** Framework name, as in `agent.framework`. */
  readonly name: string;
  /** Other words that a user may type. */
  readonly aliases: readonly string[];
  /** The edits that install what is wanted; a file that is as it should be gives none. */
  install(request: HookRequest): Promise<FileEdit[]>;
  /** The edits that take exactly that back. */
  remove(request: HookRequest): Promise<FileEdit[]>;
  list(request: HookRequest): Promise<HookListing[]>;
  /** What a person has to do after the installation, in order. */
  nextSteps(request: HookRequest): string[];
  /** The same for a container: what to put there, as text. */
  print(target: HookTarget): string;
}
