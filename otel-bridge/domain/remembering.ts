/** Which results are remembered. */
export interface RememberingLimits {
  /** Texts of other lengths are not. @default 0 */
  readonly minLength?: number;
  readonly maxLength: number;
  /** How many of the last texts are, at least; at most twice as many. */
  readonly count: number;
}

/**
 * The same function with its last results at hand, for texts that are asked for often. Pure functions alone can be
 * remembered, and what whoever asks may invent takes no more memory than the limits say.
 * @param compute never answers undefined
 */
export function remembering<Result>(
  compute: (text: string) => Result,
  { minLength = 0, maxLength, count }: RememberingLimits,
): (text: string) => Result {
  let recent = new Map<string, Result>();
  let older = new Map<string, Result>();
  return (text) => {
    if (text.length < minLength || text.length > maxLength) return compute(text);
    const known = recent.get(text);
    if (known !== undefined) return known;
    const result = older.get(text) ?? compute(text);
    // What nobody asked for since the last change goes.
    if (recent.size >= count) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, result);
    return result;
  };
}
