/** A JSON value with where it stands in its text. */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'scalar';
  /** Offset where it begins with its key; `start` where it has none. */
  readonly from: number;
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
  /** Of an object, by key; the last one where a key stands twice, as JSON.parse has it. */
  readonly members: ReadonlyMap<string, JsonNode>;
  /** Of an array. */
  readonly items: readonly JsonNode[];
}

const BLANK = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;
const NO_MEMBERS: ReadonlyMap<string, JsonNode> = new Map();

/** Finds out where values stand. @param text what JSON.parse accepts */
export function locateJson(text: string): JsonNode {
  return valueAt(text, skipBlank(text, 0));
}

function valueAt(text: string, start: number): JsonNode {
  if (text[start] === '{') return objectAt(text, start);
  if (text[start] === '[') return arrayAt(text, start);
  const end = start + match(SCALAR, text, start).length;
  return { kind: 'scalar', from: start, start, end, members: NO_MEMBERS, items: [] };
}

function objectAt(text: string, start: number): JsonNode {
  const members = new Map<string, JsonNode>();
  let at = skipBlank(text, start + 1);
  while (at < text.length && text[at] !== '}') {
    const key = match(SCALAR, text, at);
    const colon = skipBlank(text, at + key.length);
    const member = valueAt(text, skipBlank(text, colon + 1));
    members.set(String(JSON.parse(key)), { ...member, from: at });
    at = skipSeparator(text, member.end);
  }
  return { kind: 'object', from: start, start, end: at + 1, members, items: [] };
}

function arrayAt(text: string, start: number): JsonNode {
  const items: JsonNode[] = [];
  let at = skipBlank(text, start + 1);
  while (at < text.length && text[at] !== ']') {
    const item = valueAt(text, at);
    items.push(item);
    at = skipSeparator(text, item.end);
  }
  return { kind: 'array', from: start, start, end: at + 1, members: NO_MEMBERS, items };
}

function skipSeparator(text: string, at: number): number {
  const next = skipBlank(text, at);
  return text[next] === ',' ? skipBlank(text, next + 1) : next;
}

function skipBlank(text: string, at: number): number {
  return at + match(BLANK, text, at).length;
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
