import type { AgentEvent, JsonObject, Origin } from '../domain/event.ts';

/** Which texts of a transcript may be told at all. What is not allowed never leaves the reader. */
export interface TranscriptPrivacy {
  readonly prompts: boolean;
  readonly toolArguments: boolean;
  readonly toolOutput: boolean;
  /** Paths of files and of the working directory. */
  readonly filePaths: boolean;
}

/** What a reader of transcripts knows beside the line. */
export interface TranscriptContext {
  /** The file's own path, absolute. */
  readonly path: string;
  /** Name of the machine that the agent ran on. */
  readonly host: string;
  /** `transcript` for what is found and followed, `import` for what a person handed in. */
  readonly origin: Extract<Origin, 'transcript' | 'import'>;
  readonly privacy: TranscriptPrivacy;
  /** Content of the file's companion (see `companionOf`), parsed; undefined where there is none. */
  readonly companion?: JsonObject | undefined;
  /** Name of the repository that a working directory belongs to. */
  repositoryOf(cwd: string): string | undefined;
  /** True where a transcript of that session lies beside this one. */
  hasSession(sessionId: string): boolean;
}

/** What is remembered between two lines of a file. Plain JSON, so that it can be kept beside the file's offset. */
export type TranscriptState = JsonObject;

/** What one line tells, and what to remember for the next one. */
export interface TranscriptStep {
  readonly events: readonly AgentEvent[];
  readonly state: TranscriptState;
}

/** The transcripts of one agent: where they are, and how their lines are read. */
export interface TranscriptFormat {
  /** `source.framework` of its events. */
  readonly framework: string;
  /** Folders below a home that hold transcripts; the first that exists counts. */
  readonly folders: readonly string[];
  /**
   * False where a folder below holds no transcripts, so that it is not entered: a home may have a folder of the same
   * name that is something else. @param path relative to the folder, with `/`.
   */
  mayHold(path: string): boolean;
  /** True where a file of such a folder is a transcript. @param path relative to the folder, with `/`. */
  isTranscript(path: string): boolean;
  /** Path of the file that describes a transcript, beside it; undefined where it has none. */
  companionOf(path: string): string | undefined;
  /**
   * The lines of a transcript that is one JSON document, written anew as a whole (any whose name does not end in
   * `.jsonl`). Left out where the agent writes none.
   */
  documentLines?(document: unknown): readonly unknown[];
  /** False where a line tells nothing, judged by its first bytes alone, so that it need not be parsed. */
  mayTell(head: string): boolean;
  /**
   * Reads one parsed line. Pure; event ids follow from the line alone, so a line read twice is one event.
   * @param state what the line before left behind; undefined at the start of a file.
   */
  read(line: unknown, state: TranscriptState | undefined, context: TranscriptContext): TranscriptStep;
  /** What is still to be told of a file that has not grown for long. */
  finish(state: TranscriptState | undefined, context: TranscriptContext): TranscriptStep;
}
