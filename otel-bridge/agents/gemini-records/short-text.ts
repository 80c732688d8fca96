/** Texts are cut here: nobody reads more in a timeline, and lines of transcripts can hold megabytes. */
const MAX_TEXT_LENGTH = 16_384;

/** A text as it may be told. */
export function shortText(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}
