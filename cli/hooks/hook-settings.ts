import { CliError } from '../errors.ts';
import { type JsonNode, locateJson } from './json-node.ts';

/** One handler below an event, as Claude Code and Codex write it. */
export type HookHandler = Readonly<Record<string, unknown>>;

/** Handlers that are wanted, by event. */
export type WantedHooks = Readonly<Record<string, HookHandler>>;

/** Says of a handler whether it was put there by us. */
export type IsOurs = (handler: HookHandler) => boolean;

/** A file with our handlers in it. */
export interface AddedHooks {
  readonly text: string;
  /** Events that had no list before; `hooks` stands for the table itself. They go with the handlers. */
  readonly created: readonly string[];
}

/** Stands among created events for the table of hooks. */
const TABLE = 'hooks';

/**
 * Adds handlers to a file of hooks (`{"hooks": {"<Event>": [{"matcher"?, "hooks": [handler]}]}}`) and leaves every other
 * byte as it is. Each handler gets a group of its own behind those that are there.
 * @param text null where there is no file
 * @throws CliError FAILED where the file is not such JSON
 */
export function addHooks(text: string | null, wanted: WantedHooks, file: string): AddedHooks {
  const { mark, json } = withoutMark(text === null || text.trim() === '' ? '{}\n' : text);
  let current = json;
  checkShape(current, file);
  const unit = indentOf(current);
  const created: string[] = [];
  for (const [event, handler] of Object.entries(wanted)) {
    const root = locateJson(current);
    const table = root.members.get('hooks');
    const groups = table?.members.get(event);
    const group = { hooks: [handler] };
    if (groups !== undefined) current = insertLast(current, groups, pretty(group, unit, 3), unit, 3);
    else {
      created.push(event);
      const member = `${JSON.stringify(event)}: `;
      if (table === undefined) created.unshift(TABLE);
      current =
        table === undefined
          ? insertLast(current, root, `"hooks": ${pretty({ [event]: [group] }, unit, 1)}`, unit, 1)
          : insertLast(current, table, member + pretty([group], unit, 2), unit, 2);
    }
  }
  return { text: mark + current, created };
}

/**
 * Takes our handlers out again; every other byte stays, and of a file that nobody rewrote the bytes that it had.
 * @param created see `AddedHooks`; null where that is not known any more: then lists go that are left empty
 * @throws CliError FAILED where the file is not such JSON
 */
export function removeHooks(
  text: string,
  created: readonly string[] | null,
  isOurs: IsOurs,
  file: string,
): string {
  const { mark, json } = withoutMark(text);
  checkShape(json, file);
  let current = json;
  const emptied = new Set<string>();
  for (let found = findOurs(current, isOurs); found !== null; found = findOurs(current, isOurs)) {
    current = cut(current, found.parent, found.index);
    emptied.add(found.event);
  }
  for (const event of created ?? emptied) {
    if (event !== TABLE) current = cutEmpty(current, ['hooks', event]);
  }
  const isTableOurs = (created ?? [TABLE]).includes(TABLE) && emptied.size > 0;
  return mark + (isTableOurs ? cutEmpty(current, ['hooks']) : current);
}

/** Editors of Windows begin a file with a byte order mark, which JSON does not know. */
export function withoutMark(text: string): { readonly mark: string; readonly json: string } {
  return text.startsWith(MARK) ? { mark: MARK, json: text.slice(1) } : { mark: '', json: text };
}

const MARK = '\uFEFF';

/** The first handler of ours: with its group where nothing else is in it. */
function findOurs(text: string, isOurs: IsOurs): { parent: JsonNode; index: number; event: string } | null {
  const document = JSON.parse(text) as { hooks?: HookDocument };
  const table = locateJson(text).members.get('hooks');
  for (const [event, groups] of Object.entries(document.hooks ?? {})) {
    for (const [index, { hooks = [] }] of groups.entries()) {
      const own = hooks.findIndex(isOurs);
      const list = table?.members.get(event);
      const handlers = list?.items[index]?.members.get('hooks');
      if (own < 0 || list === undefined || handlers === undefined) continue;
      return hooks.length === 1 ? { parent: list, index, event } : { parent: handlers, index: own, event };
    }
  }
  return null;
}

function cutEmpty(text: string, path: readonly string[]): string {
  let parent = locateJson(text);
  for (const key of path.slice(0, -1)) {
    const next = parent.members.get(key);
    if (next === undefined) return text;
    parent = next;
  }
  const keys = [...parent.members.keys()];
  const index = keys.indexOf(path.at(-1) ?? '');
  const node = childrenOf(parent)[index];
  return node === undefined || childrenOf(node).length > 0 ? text : cut(text, parent, index);
}

function childrenOf(node: JsonNode): JsonNode[] {
  return [...node.members.values(), ...node.items];
}

/** Takes a child out with the comma before it, as it was put in. */
function cut(text: string, parent: JsonNode, index: number): string {
  const children = childrenOf(parent);
  const child = children[index];
  if (child === undefined) return text;
  const before = children[index - 1];
  const after = children[index + 1];
  if (before !== undefined) return text.slice(0, before.end) + text.slice(child.end);
  if (after !== undefined) return text.slice(0, child.from) + text.slice(after.from);
  const head = text.slice(0, child.from).replace(/\r?\n[ \t]*$/, '');
  const tail = text.slice(child.end).replace(/^\r?\n[ \t]*/, '');
  return head + tail;
}

/** A handler of ours, and where it stands. */
export interface OwnHandler {
  readonly event: string;
  /** Which group of the event, and which handler of the group, from 0. */
  readonly group: number;
  readonly place: number;
  readonly handler: HookHandler;
}

/** Our handlers in a file; in one that cannot be read there are none, and `problem` says what it is. */
export interface ReadOwn {
  readonly ours: readonly OwnHandler[];
  readonly problem: string | null;
}

/** @param text null where there is no file */
export function readOwn(text: string | null, isOurs: IsOurs): ReadOwn {
  if (text === null || text.trim() === '') return { ours: [], problem: null };
  const { json } = withoutMark(text);
  const problem = findProblem(json);
  if (problem !== null) return { ours: [], problem: `nothing is read from this file: found ${problem}` };
  const { hooks } = JSON.parse(json) as { hooks?: HookDocument };
  const ours = Object.entries(hooks ?? {}).flatMap(([event, groups]) =>
    groups.flatMap(({ hooks: handlers = [] }, group) =>
      handlers.flatMap((handler, place) => (isOurs(handler) ? [{ event, group, place, handler }] : [])),
    ),
  );
  return { ours, problem: null };
}

type HookDocument = Record<string, { hooks?: HookHandler[] }[]>;

/** @throws CliError FAILED */
function checkShape(text: string, file: string): void {
  const problem = findProblem(text);
  if (problem === null) return;
  throw new CliError(
    'FAILED',
    `Cannot edit "${file}": found ${problem}, wanted {"hooks": {"<Event>": [...]}}`,
    {
      fix: [`correct "${file}" and try again; nothing was changed`],
    },
  );
}

/** What a file is instead of hooks; null where it is well. */
function findProblem(text: string): string | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return `no JSON (${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)})`;
  }
  if (!isObject(document)) return 'no JSON object';
  const { hooks = {} } = document;
  if (!isObject(hooks)) return '"hooks" that is no object';
  const wrong = Object.entries(hooks).find(([, groups]) => !Array.isArray(groups) || !groups.every(isGroup));
  return wrong === undefined ? null : `"hooks.${wrong[0]}" that is no list of groups`;
}

function isGroup(group: unknown): boolean {
  return (
    isObject(group) &&
    (group.hooks === undefined || (Array.isArray(group.hooks) && group.hooks.every(isObject)))
  );
}

/** Behind the last child, or between the brackets with what brings the closing one onto a line of its own. */
function insertLast(text: string, parent: JsonNode, value: string, unit: string, depth: number): string {
  const last = childrenOf(parent).at(-1);
  const lineEnd = /\r?\n/.exec(text)?.[0] ?? '\n';
  const line = `${lineEnd}${unit.repeat(depth)}`;
  const lines = value.replaceAll('\n', lineEnd);
  if (last !== undefined) return `${text.slice(0, last.end)},${line}${lines}${text.slice(last.end)}`;
  const at = parent.end - 1;
  return `${text.slice(0, at)}${line}${lines}${lineEnd}${unit.repeat(depth - 1)}${text.slice(at)}`;
}

function pretty(value: unknown, unit: string, depth: number): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', `\n${unit.repeat(depth)}`);
}

/** What one level is indented by: as the file's first indented line, else two blanks. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
