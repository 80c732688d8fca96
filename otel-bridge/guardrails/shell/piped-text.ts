import { basename } from 'node:path';

/**
 * What a program writes, where its words alone tell: `echo`, `printf` and `cat` of texts, and decoders of base64.
 * @param input what it reads; null = nothing.
 * @returns null where it is not known.
 */
export function pipedText(words: readonly string[], input: string | null): string | null {
  const [program = '', ...rest] = words;
  switch (basename(program)) {
    case 'echo':
      return rest.filter((word) => !/^-[neE]+$/.test(word)).join(' ');
    case 'printf':
      return rest.map((word) => word.replaceAll('\\n', '\n').replace(/%s/g, ' ')).join(' ');
    case 'cat':
    case 'tee':
      return rest.length === 0 ? input : null;
    case 'base64':
    case 'openssl':
      return input !== null && rest.some((word) => /^(?:-d|-D|--decode)$/.test(word))
        ? Buffer.from(input, 'base64').toString('utf8')
        : null;
    case 'rev':
      return input === null ? null : [...input].reverse().join('');
    default:
      return null;
  }
}
