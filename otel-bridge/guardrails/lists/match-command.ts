import type { CommandLine } from '../shell/command-line.ts';
import { matchesPattern } from './pattern.ts';

/**
 * Whether a command line is what a rule names: `rm -rf` = the program with all of these options, in any order and
 * spelling (`-r -f`, `-fr`); `git push` = the program with these words first. `*` stands for anything within a word.
 */
export function matchesCommand(rule: string, { program, arguments: words }: CommandLine): boolean {
  const [name = '', ...wanted] = rule.trim().split(/\s+/);
  if (!matchesPattern(name, program)) return false;
  const options = words.filter((word) => word.startsWith('-'));
  const operands = words.filter((word) => !word.startsWith('-'));
  let position = 0;
  return wanted.every((part) => {
    if (part.startsWith('-')) return hasOption(part, options);
    const operand = operands[position];
    position += 1;
    return operand !== undefined && matchesPattern(part, operand);
  });
}

/** Long spellings of what rules mostly name by a letter. */
const LONG: Readonly<Record<string, readonly string[]>> = {
  r: ['--recursive', 'R'],
  R: ['--recursive', 'r'],
  f: ['--force'],
};

function hasOption(wanted: string, options: readonly string[]): boolean {
  if (wanted.startsWith('--')) {
    return options.some((option) => option === wanted || option.startsWith(`${wanted}=`));
  }
  const letters = new Set(options.filter((option) => /^-[^-]/.test(option)).flatMap((o) => [...o.slice(1)]));
  return [...wanted.slice(1)].every(
    (letter) =>
      letters.has(letter) ||
      (LONG[letter] ?? []).some((other) =>
        other.length === 1 ? letters.has(other) : options.includes(other),
      ),
  );
}
