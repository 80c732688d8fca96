/** One program call of a shell script as it would run, wrappers such as `env` and `sudo` taken away. */
export interface CommandLine {
  /** Name without folders: `rm` for `/bin/rm`. */
  readonly program: string;
  /** What follows, quotes and escapes resolved. Words that hold a variable are as written. */
  readonly arguments: readonly string[];
}

/** What a script does, as far as its text tells. */
export interface ScriptReading {
  readonly commandLines: readonly CommandLine[];
  /** Every word and file that a redirection names, for what looks like a path or an address. */
  readonly words: readonly string[];
  /**
   * What may run or be named as well: behind an option that may take the next word or not, on another machine, in a
   * container, in a text within code of another language. Deny lists look at it, allow lists do not.
   */
  readonly possible: { readonly commandLines: readonly CommandLine[]; readonly words: readonly string[] };
  /** Words in which the shell replaces `*`, `?` and `[...]` by names of files. */
  readonly globs: readonly string[];
  /** Folders that the script goes to, as written: names may be meant from there. */
  readonly folders: readonly string[];
  /** Why a part of it cannot be known from its text; empty where all of it is known. */
  readonly unseen: readonly string[];
}
