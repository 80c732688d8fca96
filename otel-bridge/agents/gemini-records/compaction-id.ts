/**
 * Identity of a compaction, which has no id: its size before and after, as everyone tells them.
 * @returns undefined where a size is not known
 */
export function compactionId(
  preTokens: number | undefined,
  postTokens: number | undefined,
): string | undefined {
  return preTokens === undefined || postTokens === undefined
    ? undefined
    : `compaction-${preTokens}-${postTokens}`;
}
