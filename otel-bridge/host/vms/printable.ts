/** A text from elsewhere as it may be shown: nothing of it moves a terminal's cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
