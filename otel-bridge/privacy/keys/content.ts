/** Kinds of content that privacy settings open or close, as bits of a mask. */
export const CONTENT = { prompts: 1, responses: 2, toolArguments: 4, toolOutput: 8, filePaths: 16 } as const;

/** A set of kinds of content: sum of `CONTENT` bits. 0 = none. */
export type ContentMask = number;

/** All that people and models say to each other. */
export const CONVERSATION: ContentMask =
  CONTENT.prompts | CONTENT.responses | CONTENT.toolArguments | CONTENT.toolOutput;

/** What the settings open. */
export interface PrivacySettings {
  readonly prompts: boolean;
  readonly responses: boolean;
  readonly tool_arguments: boolean;
  readonly tool_output: boolean;
  readonly file_paths: boolean;
  /** See `TextRedactorOptions.redact`. */
  readonly redact: readonly string[];
}

/** The kinds of content that may stay. */
export function allowedContent(privacy: PrivacySettings): ContentMask {
  return (
    (privacy.prompts ? CONTENT.prompts : 0) |
    (privacy.responses ? CONTENT.responses : 0) |
    (privacy.tool_arguments ? CONTENT.toolArguments : 0) |
    (privacy.tool_output ? CONTENT.toolOutput : 0) |
    (privacy.file_paths ? CONTENT.filePaths : 0)
  );
}
