/** Where users' homes are, as rows of folder names. */
const HOMES = [['~*'], ['$HOME'], ['\u0024{HOME}'], ['', 'root'], ['', 'home', '*'], ['', 'Users', '*']];

/**
 * Whether a path with `*`, `?` and `[...]` in it, as a shell reads them, could name what a pattern names or lies below it
 * (see `matchesPath`). A leading `*` or `?` stands for no dot. @param path absolute, or beginning with `~`
 */
export function couldBeOn(pattern: string, path: string): boolean {
  const segments = path.split('/');
  const plain = pattern.replace(/\/+$/, '').split('/');
  const [first = '', ...rest] = plain;
  if (/^(?:~|\$HOME)$/.test(first)) return HOMES.some((home) => fits([...home, ...rest], segments));
  if (first === '') return fits(plain, segments);
  // A pattern without a folder is a name anywhere.
  return segments.some((_, from) => fits(plain, segments.slice(from)));
}

/** Whether the first segments of a path could be those of a pattern. */
function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const [wanted, ...rest] = pattern;
  if (wanted === undefined || wanted === '**') return true;
  const [segment, ...others] = segments;
  if (segment === undefined) return false;
  return segmentFits(wanted, segment) && fits(rest, others);
}

function segmentFits(wanted: string, segment: string): boolean {
  if (wanted.startsWith('.') && /^[*?]/.test(segment)) return false;
  return canBothBe(wanted, segment.replace(/\[[^\]]*\]/g, '?'), new Map());
}

/** Whether some text fits two patterns in which `*` stands for any letters and `?` for one. */
function canBothBe(a: string, b: string, known: Map<string, boolean>): boolean {
  const key = `${a.length},${b.length}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const result =
    a === '' || b === ''
      ? /^\**$/.test(a + b)
      : a.startsWith('*')
        ? canBothBe(a.slice(1), b, known) || canBothBe(a, b.slice(1), known)
        : b.startsWith('*')
          ? canBothBe(a, b.slice(1), known) || canBothBe(a.slice(1), b, known)
          : (a[0] === b[0] || a.startsWith('?') || b.startsWith('?')) &&
            canBothBe(a.slice(1), b.slice(1), known);
  known.set(key, result);
  return result;
}
