import { basename } from 'node:path';
import { type Command, forEachChild, type Pipeline, parse, type SyntaxNode } from 'unbash';
import type { CommandLine, ScriptReading } from './command-line.ts';
import { pipedText } from './piped-text.ts';
import { unwrap } from './unwrap.ts';

/** Scripts within scripts that are followed; deeper ones are not seen. */
const MAX_DEPTH = 8;
/** A longer script is not read: agents write files of that size, not commands. */
const MAX_LENGTH = 100_000;

/**
 * Reads what a shell script runs, without running it: pipelines, substitutions, functions and conditions alike; through
 * `bash -c`, `eval`, `env`, `xargs` and others, here-documents and texts that are piped into a shell. What depends on
 * variables, files or other programs' output is named in `unseen`.
 */
export function readScript(script: string): ScriptReading {
  const reading = { commandLines: [] as CommandLine[], words: [] as string[], unseen: [] as string[] };
  read(script, 0, reading);
  return reading;
}

/** Reads words that are run as they are, without a shell: `["bash", "-lc", "..."]`. */
export function readWords(words: readonly string[]): ScriptReading {
  const reading = { commandLines: [] as CommandLine[], words: [...words], unseen: [] as string[] };
  take(words, null, 0, reading);
  return reading;
}

interface Reading {
  readonly commandLines: CommandLine[];
  readonly words: string[];
  readonly unseen: string[];
}

function read(script: string, depth: number, reading: Reading): void {
  if (depth > MAX_DEPTH || script.length > MAX_LENGTH) {
    reading.unseen.push('a script within scripts that is too deep or too long');
    return;
  }
  const known = new Map<string, string>();
  const visit = (node: SyntaxNode, fed: string | null): void => {
    if (node.type === 'Pipeline') {
      visitPipeline(node, fed, visit);
      return;
    }
    if (node.type === 'Assignment' && node.value.type === 'Word') known.set(node.name, node.value.value);
    if (node.type === 'Command') takeCommand(node, { fed, known, depth }, reading);
    // A group reads what is piped into it; what stands within a command's words does not.
    forEachChild(node, (child) => visit(child, node.type === 'Command' ? null : fed));
  };
  visit(parse(script), null);
}

/** What is known where a command stands. */
interface Place {
  /** What it reads; null = nothing. */
  readonly fed: string | null;
  /** Variables that the script gave a value before. */
  readonly known: ReadonlyMap<string, string>;
  readonly depth: number;
}

/** In a pipeline every command is fed by the one before it. */
function visitPipeline(
  { commands }: Pipeline,
  fed: string | null,
  visit: (node: SyntaxNode, fed: string | null) => void,
): void {
  let input = fed;
  for (const command of commands) {
    visit(command, input);
    input = command.type === 'Command' ? pipedText(wordsOf(command), input) : null;
    // Whatever it is that comes next is fed by something.
    input ??= UNKNOWN_INPUT;
  }
}

/** Stands for input whose text is not known. */
const UNKNOWN_INPUT = '\0';

function takeCommand(command: Command, { fed, known, depth }: Place, reading: Reading): void {
  const words = wordsOf(command).map((word) => withVariables(word, known));
  let input = fed;
  for (const redirect of command.redirects) {
    if (redirect.type === 'HereDoc') input = redirect.body.text;
    else if (redirect.type === 'HereString') input = redirect.target?.value ?? UNKNOWN_INPUT;
    else if (redirect.target !== undefined) {
      reading.words.push(redirect.target.value);
      if (redirect.operator === '<') input = UNKNOWN_INPUT;
    }
  }
  reading.words.push(...words);
  if (/[$`]/.test(basename(words[0] ?? ''))) {
    reading.unseen.push(`the program "${words[0]}" is known only when it runs`);
  }
  take(words, input, depth, reading);
}

function take(words: readonly string[], input: string | null, depth: number, reading: Reading): void {
  for (const found of unwrap(words)) {
    if (found.kind === 'command') reading.commandLines.push(found.line);
    else if (found.kind === 'script') read(found.script, depth + 1, reading);
    else if (found.kind === 'unseen') reading.unseen.push(found.reason);
    // A shell without arguments runs what it reads.
    else if (input === UNKNOWN_INPUT)
      reading.unseen.push(`"${found.shell}" runs what another program writes`);
    else if (input !== null) read(input, depth + 1, reading);
  }
}

function wordsOf(command: Command): string[] {
  const rest = command.args.map((argument) => (argument.type === 'Word' ? argument.value : argument.text));
  return command.name === undefined ? [] : [command.name.value, ...rest];
}

/** `$X` and `${X}` where the script itself says what X is. */
function withVariables(word: string, known: ReadonlyMap<string, string>): string {
  return word.replace(/\$(?:(\w+)|\{(\w+)\})/g, (text, plain, braced) => known.get(plain ?? braced) ?? text);
}
