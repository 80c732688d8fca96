/** Keys are judged by their first 200 characters. */
const MAX_LENGTH = 200;

/** `gen_ai.toolCall.arguments` -> `gen_ai_tool_call_arguments`: lower case, words parted by one underscore. */
export function normaliseKey(key: string): string {
  return key
    .slice(0, MAX_LENGTH)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** True when the normalised key is `suffix` or ends in `_suffix`. */
export function endsInWord(normalised: string, suffix: string): boolean {
  return (
    normalised.endsWith(suffix) &&
    (normalised.length === suffix.length || normalised[normalised.length - suffix.length - 1] === '_')
  );
}
