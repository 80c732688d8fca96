import { basename } from 'node:path';

/**
 * What a program writes, where its words alone tell: `echo`, `printf` and `cat` of texts, and decoders of base64 and
 * hexadecimal digits.
 * @param input what it reads; null = nothing.
 * @returns null where it is not known.
 */
export function pipedText(words: readonly string[], input: string | null): string | null {
  const [program = '', ...rest] = words;
  switch (basename(program)) {
    case 'echo':
      return unescaped(rest.filter((word) => !/^-[neE]+$/.test(word)).join(' '));
    case 'printf':
      return printed(rest.filter((word) => word !== '--'));
    case 'cat':
    case 'tee':
      return rest.every((word) => word.startsWith('-')) || basename(program) === 'tee' ? input : null;
    case 'base64':
    case 'openssl':
      return input !== null && rest.some((word) => /^(?:-[a-z]*d[a-z]*|-D|--decode)$/.test(word))
        ? Buffer.from(input, 'base64').toString('utf8')
        : null;
    case 'xxd':
      return input !== null && rest.some((word) => /^-[a-z]*r/.test(word))
        ? Buffer.from(input.replace(/\s+/g, ''), 'hex').toString('utf8')
        : null;
    case 'rev':
      return input === null ? null : [...input].reverse().join('');
    default:
      return null;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** Escapes as `printf` and `echo -e` know them; where `echo` has no `-e` a shell that has it on may read it so. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([\dA-Fa-f]{1,2})|0?([0-7]{1,3})|([ntr\\]))/g,
    (_, hex?: string, octal?: string, letter?: string) =>
      letter === undefined
        ? String.fromCharCode(hex === undefined ? Number.parseInt(octal ?? '0', 8) : Number.parseInt(hex, 16))
        : (ESCAPES[letter] ?? letter),
  );
}

/** `printf FORMAT [WORD...]`: the format once more for as long as there are words. */
function printed([format = '', ...words]: readonly string[]): string {
  const holes = format.match(/%[-\d.]*[sbq]/g)?.length ?? 0;
  let next = 0;
  let text = '';
  do {
    text += unescaped(format).replace(/%[-\d.]*[sbq]/g, () => unescaped(words[next++] ?? ''));
  } while (holes > 0 && next < words.length);
  return text;
}
