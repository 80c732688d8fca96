/**
 * Id of the run that a prompt begins, where its agent gives it none: the n-th prompt of a session with this length is
 * the same one, whoever tells of it.
 * @param length characters (code points) of the prompt
 * @param ordinal how many prompts of this length came before it in the session
 */
export function promptRunId(length: number, ordinal: number): string {
  return `prompt-${length}-${ordinal + 1}`;
}
