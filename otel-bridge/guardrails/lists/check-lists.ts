import type { GuardLists, GuardRules, ToolCallRequest } from '../../domain/guardrail.ts';
import type { CommandLine } from '../shell/command-line.ts';
import { couldBeOn } from './glob.ts';
import { matchesCommand } from './match-command.ts';
import { matchesDomain, matchesPath, matchesPattern } from './pattern.ts';
import { type CallReading, readCall } from './read-call.ts';

/** What a list has against a call. */
export interface ListFinding {
  /** `deny.commands`, `allow.paths`, ... */
  readonly rule: `${'allow' | 'deny'}.${keyof GuardLists}`;
  /** One clause for whoever called: the entry of the list, and what of the call matched it. */
  readonly reason: string;
  /** The same without anything of the call: this much may be stored. */
  readonly stored: string;
}

/** A kind of list: what of a call it looks at, and when an entry fits. */
interface Kind<Item> {
  readonly name: keyof GuardLists;
  items(call: ToolCallRequest, reading: CallReading): readonly Item[];
  /** What a deny list looks at beside; an allow list does not, since it may be something else. */
  possible?(reading: CallReading): readonly Item[];
  /** @param isDenied whether it is asked for a deny list, which rather takes too much than too little */
  matches(entry: string, item: Item, isDenied: boolean): boolean;
  show(item: Item): string;
}

const same = (text: string): string => text;

const TOOLS: Kind<string> = {
  name: 'tools',
  items: ({ toolName }) => [toolName],
  matches: matchesPattern,
  show: same,
};
const COMMANDS: Kind<CommandLine> = {
  name: 'commands',
  items: (_, { commandLines }) => commandLines,
  possible: ({ possibleLines }) => possibleLines,
  matches: matchesCommand,
  show: ({ program }) => program,
};
const PATHS: Kind<string> = {
  name: 'paths',
  items: (_, { paths }) => paths,
  possible: ({ names }) => names,
  matches: matchesPath,
  show: same,
};
const GLOBS: Kind<string> = {
  name: 'paths',
  items: () => [],
  possible: ({ globs }) => globs,
  matches: couldBeOn,
  show: same,
};
const DOMAINS: Kind<string> = {
  name: 'domains',
  items: (_, { hosts }) => hosts,
  possible: ({ possibleHosts }) => possibleHosts,
  matches: matchesDomain,
  show: same,
};

/**
 * What the lists have against a call; null = nothing. What a deny list names is refused. Where an allow list has
 * entries, what is on none of them is. A script that cannot be read before it runs (`curl ... | sh`, `$PROGRAM`) is
 * refused where a list of commands is there at all: it would be the way around every other entry.
 */
export function checkLists(
  call: ToolCallRequest,
  rules: Pick<GuardRules, 'allow' | 'deny'>,
): ListFinding | null {
  if (!hasEntries(rules.allow) && !hasEntries(rules.deny)) return null;
  const reading = readCall(call);
  return (
    check(TOOLS, call, reading, rules) ??
    check(COMMANDS, call, reading, rules) ??
    checkUnseen(reading, rules) ??
    check(PATHS, call, reading, rules) ??
    check(GLOBS, call, reading, { ...rules, allow: { ...rules.allow, paths: [] } }) ??
    check(DOMAINS, call, reading, rules)
  );
}

function hasEntries(lists: GuardLists): boolean {
  return Object.values(lists).some((entries) => entries.length > 0);
}

function check<Item>(
  kind: Kind<Item>,
  call: ToolCallRequest,
  reading: CallReading,
  { allow, deny }: Pick<GuardRules, 'allow' | 'deny'>,
): ListFinding | null {
  const { name } = kind;
  const items = kind.items(call, reading);
  for (const item of [...items, ...(kind.possible?.(reading) ?? [])]) {
    const entry = deny[name].find((candidate) => kind.matches(candidate, item, true));
    if (entry !== undefined) {
      const stored = `on the deny list (${name}: "${entry}")`;
      return { rule: `deny.${name}`, reason: `"${kind.show(item)}" is ${stored}`, stored };
    }
  }
  if (allow[name].length === 0) return null;
  const stranger = items.find((item) => !allow[name].some((entry) => kind.matches(entry, item, false)));
  if (stranger === undefined) return null;
  const stored = `not on the allow list of ${name}`;
  return { rule: `allow.${name}`, reason: `"${kind.show(stranger)}" is ${stored}`, stored };
}

function checkUnseen(
  { unseen }: CallReading,
  { allow, deny }: Pick<GuardRules, 'allow' | 'deny'>,
): ListFinding | null {
  const [reason] = unseen;
  if (reason === undefined) return null;
  const rule =
    deny.commands.length > 0 ? 'deny.commands' : allow.commands.length > 0 ? 'allow.commands' : null;
  const stored = 'what the command runs cannot be seen';
  return rule === null ? null : { rule, reason: `${stored}: ${reason}`, stored };
}
