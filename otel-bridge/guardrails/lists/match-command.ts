import type { CommandLine } from '../shell/command-line.ts';
import { matchesPattern } from './pattern.ts';

/**
 * Whether a command line is what a rule names: `rm -rf` = the program with all of these options, in any order and
 * spelling (`-r -f`, `-fr`); `git push` = the program with these words first. `*` stands for anything within a word.
 * @param isCautious true where a word behind an option may be the option's: `npm --prefix x publish` is `npm publish`
 */
export function matchesCommand(
  rule: string,
  { program, arguments: words }: CommandLine,
  isCautious: boolean,
): boolean {
  const [name = '', ...wanted] = rule.trim().split(/\s+/);
  // There are file systems to which `RM` is `rm`.
  if (!matchesPattern(name, program) && !(isCautious && matchesPattern(name, program.toLowerCase())))
    return false;
  const options = words.filter((word) => word.startsWith('-'));
  const isOptions = wanted.filter((part) => part.startsWith('-')).every((part) => hasOption(part, options));
  const operands = wanted.filter((part) => !part.startsWith('-'));
  return (
    isOptions && (startsWith(operands, words, false) || (isCautious && startsWith(operands, words, true)))
  );
}

/** Whether these are the first operands. @param skips whether those right behind an option may be passed over */
function startsWith(wanted: readonly string[], words: readonly string[], skips: boolean): boolean {
  let position = 0;
  for (const [index, word] of words.entries()) {
    const part = wanted[position];
    if (part === undefined) return true;
    if (word.startsWith('-')) continue;
    if (matchesPattern(part, word)) position += 1;
    else if (!skips || !/^-[^=]*$/.test(words[index - 1] ?? '')) return false;
  }
  return position >= wanted.length;
}

/** Long spellings of what rules mostly name by a letter. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  r: ['--recursive', 'R'],
  R: ['--recursive', 'r'],
  f: ['--force'],
};
/** Long options may be cut short (getopt_long(3)); shorter ones than this mean too many things. */
const SHORTEST = '--fo'.length;

function hasOption(wanted: string, options: readonly string[]): boolean {
  const isLong = (name: string): boolean =>
    options.some(
      (option) =>
        option === name ||
        option.startsWith(`${name}=`) ||
        (option.length >= SHORTEST && name.startsWith(option)),
    );
  if (wanted.startsWith('--')) return isLong(wanted);
  const letters = new Set(options.filter((option) => /^-[^-]/.test(option)).flatMap((o) => [...o.slice(1)]));
  return [...wanted.slice(1)].every(
    (letter) =>
      letters.has(letter) ||
      (LONG[letter] ?? []).some((other) => (other.length === 1 ? letters.has(other) : isLong(other))),
  );
}
