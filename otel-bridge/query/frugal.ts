/** Of all time, the part that may be spent on computing. */
const SHARE = 0.05;

/**
 * Wraps a function so that it takes at most a twentieth of the time, however often it is called: an answer that took
 * 100 ms is given again for the next 2 s. Answers that cost little are always fresh.
 * @param key answers are given again for the same key alone
 */
export function createFrugal<K, T>(compute: (input: K) => T, key: (input: K) => string): (input: K) => T {
  let known: { key: string; answer: T; untilMs: number } | null = null;
  return (input) => {
    const startMs = performance.now();
    const inputKey = key(input);
    if (known !== null && known.key === inputKey && startMs < known.untilMs) return known.answer;
    const answer = compute(input);
    const endMs = performance.now();
    known = { key: inputKey, answer, untilMs: endMs + (endMs - startMs) / SHARE };
    return answer;
  };
}
