/** Code beyond this many texts is not looked into. */
const MAX_TEXTS = 200;

/** What stands between quotes in code of any language, escapes of quotes resolved. */
export function quotedTexts(code: string): string[] {
  const found: string[] = [];
  let quote = '';
  let text = '';
  for (let at = 0; at < code.length && found.length < MAX_TEXTS; at += 1) {
    const letter = code[at] ?? '';
    if (quote === '') {
      if (/["'`]/.test(letter)) quote = letter;
    } else if (letter === '\\') {
      at += 1;
      text += code[at] ?? '';
    } else if (letter === quote) {
      if (text !== '') found.push(text);
      quote = '';
      text = '';
    } else text += letter;
  }
  return found;
}
