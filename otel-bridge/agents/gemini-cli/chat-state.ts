/** What is remembered between two lines of one of Gemini CLI's transcripts. */
export interface ChatState {
  /** The session that the file's calls belong to; undefined until its first line is read. */
  readonly sessionId?: string;
  /** Set in the file of a sub-agent. */
  readonly subagentId?: string;
  readonly cwd?: string;
  /** True once `session.start` was told. */
  readonly started?: boolean;
}
