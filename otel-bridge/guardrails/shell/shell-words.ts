import type { Word, WordPart } from 'unbash';

/** More words than this out of one are not told apart. */
const MAX_EXPANSION = 64;

/** A word as a script writes it, before the shell replaces anything in it. */
export interface ShellWord {
  /** Quotes and escapes resolved. */
  readonly text: string;
  /** True where the shell replaces `*`, `?` or `[...]` in it by names of files. */
  readonly isGlob: boolean;
  /** True where the value of a variable in it becomes several words. */
  readonly splits: boolean;
}

/** The words of a word: several where it holds braces, `{a,b}`. */
export function shellWords(word: Word): ShellWord[] {
  const parts = word.parts ?? [];
  const isGlob = parts.some(({ type }) => type === 'Glob' || type === 'ExtendedGlob');
  const splits = parts.some(({ type }) => type === 'SimpleExpansion' || type === 'ParameterExpansion');
  const texts = parts.some(({ type }) => type === 'BraceExpansion')
    ? parts.reduce<string[]>(
        (before, part) =>
          before.flatMap((head) => alternatives(part).map((tail) => head + tail)).slice(0, MAX_EXPANSION),
        [''],
      )
    : [word.value];
  return texts.map((text) => ({ text, isGlob, splits }));
}

function alternatives(part: WordPart): string[] {
  if (part.type === 'BraceExpansion') {
    const inner = part.text.slice(1, -1);
    return inner.includes(',') ? inner.split(',') : [part.text];
  }
  if (part.type === 'DoubleQuoted') return [part.text.slice(1, -1)];
  return ['value' in part ? String(part.value) : part.text];
}
