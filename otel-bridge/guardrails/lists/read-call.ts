import { posix } from 'node:path';
import type { JsonObject } from '../../domain/event.ts';
import type { ToolCallRequest } from '../../domain/guardrail.ts';
import type { CommandLine, ScriptReading } from '../shell/command-line.ts';
import { readScript, readWords } from '../shell/read-script.ts';
import { addressedHosts, hostsIn } from './hosts.ts';

/**
 * What a tool call would touch, as far as its input tells. What is only possible is for deny lists: allow lists would
 * refuse what may be something else.
 */
export interface CallReading {
  readonly commandLines: readonly CommandLine[];
  readonly possibleLines: readonly CommandLine[];
  /** Absolute, without `..`; or beginning with `~` or a variable. */
  readonly paths: readonly string[];
  /** Words of a command that may name a file of its folder, or anything else; written as paths. */
  readonly names: readonly string[];
  /** Paths in which the shell replaces `*`, `?` and `[...]`. */
  readonly globs: readonly string[];
  readonly hosts: readonly string[];
  readonly possibleHosts: readonly string[];
  /** Why a part of it cannot be known before it runs. */
  readonly unseen: readonly string[];
}

const COMMAND_KEYS = ['command', 'cmd', 'script'];
const PATH_KEY = /(?:^|_)(?:path|paths|file|files|filename|dir|directory|folder)$/i;

/** Reads a tool call: its script where it has one, and every path and address in its input. */
export function readCall({ input, cwd }: Pick<ToolCallRequest, 'input' | 'cwd'>): CallReading {
  const scripts = COMMAND_KEYS.flatMap((key) => scriptOf(input[key]));
  const lines = scripts.flatMap(({ commandLines }) => commandLines);
  const words = scripts.flatMap((script) => script.words);
  const possibleLines = scripts.flatMap(({ possible }) => possible.commandLines);
  const possibleWords = scripts.flatMap(({ possible }) => possible.words);
  const texts = textsOf(input);
  const named = texts.filter(([key]) => PATH_KEY.test(key)).map(([, text]) => text);
  const inWords = words.flatMap(pathsIn);
  const [here = '/', ...beyond] = foldersOf(scripts, cwd);
  const from = (folders: readonly string[], paths: readonly string[]): string[] =>
    folders.flatMap((folder) => paths.map((path) => absolute(path, folder)));
  const addressed = lines.map(addressedHosts);
  return {
    commandLines: lines,
    possibleLines,
    paths: from([here], [...named, ...inWords.filter((word) => word.includes('/'))]),
    names: [
      ...from(
        [here],
        inWords.filter((word) => !word.includes('/')),
      ),
      ...from(beyond, inWords),
      ...from([here, ...beyond], possibleWords.flatMap(pathsIn)),
    ],
    globs: from([here, ...beyond], scripts.flatMap(({ globs }) => globs).flatMap(pathsIn)),
    hosts: [
      ...hostsIn(texts.map(([, text]) => text)),
      ...hostsIn(words),
      ...addressed.flatMap(({ hosts }) => hosts),
    ],
    possibleHosts: [
      ...hostsIn(possibleWords),
      ...addressed.flatMap(({ possible }) => possible),
      ...possibleLines.map(addressedHosts).flatMap(({ hosts, possible }) => [...hosts, ...possible]),
    ],
    unseen: scripts.flatMap(({ unseen }) => unseen),
  };
}

/** The folder of the call, and those that its scripts go to. */
function foldersOf(scripts: readonly ScriptReading[], cwd: string | undefined): string[] {
  const folders = [cwd ?? '/'];
  for (const folder of scripts.flatMap((script) => script.folders).slice(0, MAX_FOLDERS)) {
    folders.push(absolute(folder, folders.at(-1)));
  }
  return folders;
}

/** Going to more folders than this is no work but a way to cost time. */
const MAX_FOLDERS = 16;

function scriptOf(value: unknown): ScriptReading[] {
  if (typeof value === 'string') return [readScript(value)];
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return [readWords(value)];
  return [];
}

/** Every text of an input with the key that it stands under. */
function textsOf(input: JsonObject): [string, string][] {
  const found: [string, string][] = [];
  const visit = (key: string, value: unknown, depth: number): void => {
    if (typeof value === 'string') found.push([key, value]);
    else if (typeof value === 'object' && value !== null && depth < 6) {
      for (const [name, inner] of Object.entries(value))
        visit(Array.isArray(value) ? key : name, inner, depth + 1);
    }
  };
  visit('', input, 0);
  return found;
}

/** A word of a command that may be a path, and what stands behind a `=`. */
function pathsIn(word: string): string[] {
  const value = /^(?:--?)?[\w-]+=(.+)$/s.exec(word)?.[1] ?? word;
  return value.startsWith('-') || value.includes('\n') || value.includes('://')
    ? []
    : [value.replace(/^@/, '')];
}

/** The file system of a process is the same one. */
const SAME_ROOT = /^\/proc\/(?:self|thread-self|\d+|\$\$|\$PPID)\/root(?=\/|$)/;

function absolute(path: string, folder: string | undefined): string {
  if (/^[~$]/.test(path)) return posix.normalize(path);
  const base = folder ?? '/';
  // A folder may begin with "~" or a variable, and leads nowhere above it that is known.
  if (!path.startsWith('/') && /^[~$]/.test(base)) return posix.normalize(`${base}/${path}`);
  return posix.resolve('/', base, path).replace(SAME_ROOT, '') || '/';
}
