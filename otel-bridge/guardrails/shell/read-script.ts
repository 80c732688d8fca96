import { basename } from 'node:path';
import { type Command, forEachChild, type Pipeline, parse, type SyntaxNode } from 'unbash';
import type { CommandLine, ScriptReading } from './command-line.ts';
import { isRunVariable } from './commands-within.ts';
import { pipedText } from './piped-text.ts';
import { quotedTexts } from './quoted-texts.ts';
import { type ShellWord, shellWords } from './shell-words.ts';
import { unwrap } from './unwrap.ts';

/** Scripts within scripts that are followed; deeper ones are not seen. */
const MAX_DEPTH = 8;
/** A longer script is not read: agents write files of that size, not commands. */
const MAX_LENGTH = 100_000;
/** Commands that are read, those within functions once for each call. */
const MAX_COMMANDS = 5000;
/** How long a command within code of another language may be, words. */
const MAX_WORDS_IN_CODE = 16;

/**
 * Reads what a shell script runs, without running it: pipelines, substitutions, functions and conditions alike; through
 * `bash -c`, `eval`, `env`, `xargs` and others, here-documents and texts that are piped into a shell. What depends on
 * variables, files or other programs' output is named in `unseen`.
 */
export function readScript(script: string): ScriptReading {
  const reading = createReading();
  guarded(reading, () => read(script, 0, reading, false));
  return reading;
}

/** Reads words that are run as they are, without a shell: `["bash", "-lc", "..."]`. */
export function readWords(words: readonly string[]): ScriptReading {
  const reading = createReading();
  reading.words.push(...words);
  guarded(reading, () => take(words, null, 0, reading, false));
  return reading;
}

interface Reading {
  readonly commandLines: CommandLine[];
  readonly words: string[];
  readonly possible: { readonly commandLines: CommandLine[]; readonly words: string[] };
  readonly globs: string[];
  readonly folders: string[];
  readonly unseen: string[];
  commandsLeft: number;
}

function createReading(): Reading {
  const possible = { commandLines: [], words: [] };
  return {
    commandLines: [],
    words: [],
    possible,
    globs: [],
    folders: [],
    unseen: [],
    commandsLeft: MAX_COMMANDS,
  };
}

/** A script that nobody can read, brackets a thousand deep say, must not be let through for that. */
function guarded(reading: Reading, work: () => void): void {
  try {
    work();
  } catch (error) {
    reading.unseen.push(`it cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** What is known where a command stands. */
interface Place {
  /** What it reads; null = nothing. */
  readonly fed: string | null;
  /** Variables that the script gave a value before; within a function its words as well, by number and `@`. */
  readonly known: ReadonlyMap<string, string>;
  readonly depth: number;
  /** See `ScriptReading.possible`. */
  readonly possible: boolean;
}

type Visit = (node: SyntaxNode, place: Place) => void;

function read(script: string, depth: number, reading: Reading, possible: boolean): void {
  if (depth > MAX_DEPTH || script.length > MAX_LENGTH) {
    see(reading, possible, 'a script within scripts that is too deep or too long');
    return;
  }
  const known = new Map<string, string>();
  const aliases = new Map<string, string>();
  const functions = new Map<string, SyntaxNode>();
  const visit: Visit = (node, place) => {
    if (node.type === 'Pipeline') {
      visitPipeline(node, place, visit);
      return;
    }
    if (node.type === 'Assignment' && node.value.type === 'Word') {
      known.set(node.name, node.value.value);
      if (isRunVariable(node.name)) read(node.value.value, place.depth + 1, reading, true);
    }
    if (node.type === 'Function') functions.set(node.name.value, node.body);
    if (node.type === 'Command') {
      const words = resolvedWords(node, place, aliases, reading);
      takeCommand(node, words, place, reading);
      const body = functions.get(words[0] ?? '');
      if (body !== undefined) callFunction(body, words.slice(1), place, visit, reading);
    }
    // A group reads what is piped into it; what stands within a command's words does not.
    forEachChild(node, (child) => visit(child, node.type === 'Command' ? { ...place, fed: null } : place));
  };
  visit(parse(script), { fed: null, known, depth, possible });
}

/** In a pipeline every command is fed by the one before it. */
function visitPipeline({ commands }: Pipeline, place: Place, visit: Visit): void {
  let { fed } = place;
  for (const command of commands) {
    visit(command, { ...place, fed });
    fed =
      command.type === 'Command'
        ? pipedText(
            ownWords(command).map(({ text }) => text),
            inputOf(command, fed),
          )
        : null;
    // Whatever it is that comes next is fed by something.
    fed ??= UNKNOWN_INPUT;
  }
}

/** A function runs its body with the words that it is called with. */
function callFunction(
  body: SyntaxNode,
  words: readonly string[],
  place: Place,
  visit: Visit,
  reading: Reading,
): void {
  if (place.depth >= MAX_DEPTH) {
    see(reading, place.possible, 'functions that call one another');
    return;
  }
  const all = words.join(' ');
  const numbered = words.map((word, index) => [String(index + 1), word] as const);
  const known = new Map([...place.known, ...numbered, ['@', all], ['*', all]]);
  visit(body, { ...place, known, depth: place.depth + 1 });
}

/** Stands for input whose text is not known. */
const UNKNOWN_INPUT = '\0';

function takeCommand(command: Command, words: readonly string[], place: Place, reading: Reading): void {
  const { depth, possible } = place;
  const told = possible ? reading.possible.words : reading.words;
  for (const redirect of command.redirects) {
    if (redirect.type === 'Redirect' && redirect.target !== undefined) told.push(redirect.target.value);
  }
  told.push(...words);
  goTo(words, reading);
  take(words, inputOf(command, place.fed), depth, reading, possible);
}

/** What a command reads, its redirections heeded. */
function inputOf({ redirects }: Command, fed: string | null): string | null {
  let input = fed;
  for (const redirect of redirects) {
    if (redirect.type === 'HereDoc') input = redirect.body.text;
    else if (redirect.type === 'HereString') input = redirect.target?.value ?? UNKNOWN_INPUT;
    else if (redirect.target !== undefined && redirect.operator === '<') input = UNKNOWN_INPUT;
  }
  return input;
}

function take(
  words: readonly string[],
  input: string | null,
  depth: number,
  reading: Reading,
  isPossible: boolean,
): void {
  reading.commandsLeft -= 1;
  if (reading.commandsLeft < 0) throw new Error('too many commands');
  // What xargs reads becomes words of what it runs.
  const fed = basename(words[0] ?? '') === 'xargs' && input !== null && input !== UNKNOWN_INPUT;
  const all = fed ? [...words, ...input.split(/\s+/).filter((word) => word !== '')] : words;
  for (const found of unwrap(all)) {
    if (found.kind === 'command') {
      (found.possible || isPossible ? reading.possible : reading).commandLines.push(found.line);
    } else if (found.kind === 'script') read(found.script, depth + 1, reading, found.possible || isPossible);
    else if (found.kind === 'unseen') see(reading, isPossible, found.reason);
    else if (found.kind === 'code') {
      const isRead = input !== null && input !== UNKNOWN_INPUT;
      for (const code of isRead ? [...found.words, input] : found.words) readCode(code, depth, reading);
    }
    // A shell without arguments runs what it reads.
    else if (input === UNKNOWN_INPUT)
      see(reading, isPossible, `"${found.shell}" runs what another program writes`);
    else if (input !== null) read(input, depth + 1, reading, isPossible);
  }
}

/** Code of other languages may run each text within it, and a row of texts as the words of one command. */
function readCode(code: string, depth: number, reading: Reading): void {
  const texts = quotedTexts(code);
  reading.possible.words.push(...texts);
  for (const [index, text] of texts.entries()) {
    read(text, depth + 1, reading, true);
    take(texts.slice(index, index + MAX_WORDS_IN_CODE), null, depth + 1, reading, true);
  }
  // An editor runs what stands behind "!".
  const shell = /(?:^|\s|:)!(.*)$/s.exec(code)?.[1];
  if (shell !== undefined) read(shell, depth + 1, reading, true);
}

/** What only may run is no reason to refuse a script for what cannot be seen in it. */
function see(reading: Reading, possible: boolean, reason: string): void {
  if (!possible) reading.unseen.push(reason);
}

/** Words of a command as they are run: variables, braces, aliases and a function's own words replaced. */
function resolvedWords(
  command: Command,
  { known, possible }: Place,
  aliases: Map<string, string>,
  reading: Reading,
): string[] {
  const own = ownWords(command);
  reading.globs.push(...own.filter(({ isGlob }) => isGlob).map(({ text }) => text));
  const words = own.flatMap(({ text, splits }) => {
    const value = withVariables(text, known);
    return value !== text && (splits || text === '$@') ? value.split(/\s+/) : [value];
  });
  const [first = '', ...rest] = words;
  if (first === 'alias') {
    for (const word of rest) {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
      if (name !== undefined && value !== undefined) aliases.set(name, value);
    }
  }
  const isUnknown = /[$`]/.test(basename(first)) || (own[0]?.isGlob === true && !/^\[+$/.test(first));
  if (isUnknown) see(reading, possible, `the program "${first}" is known only when it runs`);
  const alias = aliases.get(first);
  return alias === undefined ? words : [...alias.trim().split(/\s+/), ...rest];
}

function ownWords(command: Command): ShellWord[] {
  const rest = command.args.flatMap((argument): ShellWord[] => {
    if (argument.type === 'Word') return shellWords(argument);
    const { name, value, text } = argument;
    return [{ text: value.type === 'Word' ? `${name}=${value.value}` : text, isGlob: false, splits: false }];
  });
  return command.name === undefined ? [] : [...shellWords(command.name), ...rest];
}

/** `$X` and `${X}` where the script itself says what X is. */
function withVariables(word: string, known: ReadonlyMap<string, string>): string {
  return word.replace(
    /\$(?:(\w+|[@*])|\{(\w+|[@*])\})/g,
    (text, plain, braced) => known.get(plain ?? braced) ?? text,
  );
}

/** Remembers the folder that `cd` goes to, or that `-C` names. */
function goTo([program = '', ...rest]: readonly string[], { folders }: Reading): void {
  if (/^(?:cd|pushd|chdir)$/.test(basename(program)))
    folders.push(rest.find((word) => !word.startsWith('-')) ?? '~');
  for (const [index, word] of rest.entries()) {
    if (word === '-C' || word === '--directory') folders.push(rest[index + 1] ?? '');
    else if (word.startsWith('--directory=')) folders.push(word.slice('--directory='.length));
  }
}
