/**
 * Span id of a compaction, by which telemetry and transcript mean the same one. They share no id and measure the
 * context before it differently; what set it off and the size after it are equal in both.
 */
export function compactionId(
  trigger: string | undefined,
  postTokens: number | undefined,
): string | undefined {
  return postTokens === undefined ? undefined : `compaction-${trigger ?? 'auto'}-${postTokens}`;
}
