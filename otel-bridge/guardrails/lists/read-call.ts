import { posix } from 'node:path';
import type { JsonObject } from '../../domain/event.ts';
import type { ToolCallRequest } from '../../domain/guardrail.ts';
import type { CommandLine, ScriptReading } from '../shell/command-line.ts';
import { readScript, readWords } from '../shell/read-script.ts';

/** What a tool call would touch, as far as its input tells. */
export interface CallReading {
  readonly commandLines: readonly CommandLine[];
  /** Absolute, without `..`; or beginning with `~` or a variable. */
  readonly paths: readonly string[];
  /** Words of a command that may name a file of its folder, or anything else; written as paths. */
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  /** Why a part of it cannot be known before it runs. */
  readonly unseen: readonly string[];
}

const COMMAND_KEYS = ['command', 'cmd', 'script'];
const PATH_KEY = /(?:^|_)(?:path|paths|file|files|filename|dir|directory|folder)$/i;
const URL = /\b(?:https?|ftp|wss?|ssh|git|sftp):\/\/(?:[^\s/@'"]+@)?(\[[^\]]+\]|[^\s/:'"?#]+)/gi;
/** `user@host:path`, as ssh, scp and git write it. */
const REMOTE = /^[\w.-]+@([\w.-]+)(?::|$)/;
/** Programs whose first operand is an address without a scheme. */
const FETCHERS = new Set([
  'curl',
  'wget',
  'ssh',
  'ping',
  'nc',
  'ncat',
  'telnet',
  'nslookup',
  'dig',
  'host',
  'http',
]);
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?=$|[:/])/i;

/** Reads a tool call: its script where it has one, and every path and address in its input. */
export function readCall({ input, cwd }: Pick<ToolCallRequest, 'input' | 'cwd'>): CallReading {
  const scripts = COMMAND_KEYS.flatMap((key) => scriptOf(input[key]));
  const lines = scripts.flatMap(({ commandLines }) => commandLines);
  const words = scripts.flatMap((script) => script.words);
  const texts = textsOf(input);
  const named = texts.filter(([key]) => PATH_KEY.test(key)).map(([, text]) => text);
  const possible = words.flatMap(pathsIn);
  return {
    commandLines: lines,
    paths: [...named, ...possible.filter((word) => word.includes('/'))].map((path) => absolute(path, cwd)),
    names: possible.filter((word) => !word.includes('/')).map((name) => absolute(name, cwd)),
    hosts: [...hostsIn(texts.map(([, text]) => text)), ...hostsIn(words), ...lines.flatMap(fetchedHosts)],
    unseen: scripts.flatMap(({ unseen }) => unseen),
  };
}

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

/** A word of a command that may be a path, and what stands behind an option's `=`. */
function pathsIn(word: string): string[] {
  const value = /^--?[\w-]+=(.+)$/.exec(word)?.[1] ?? word;
  return value.startsWith('-') || value.includes('\n') || value.includes('://')
    ? []
    : [value.replace(/^@/, '')];
}

function absolute(path: string, cwd: string | undefined): string {
  if (/^[~$]/.test(path)) return posix.normalize(path);
  return posix.resolve('/', cwd ?? '/', path);
}

function hostsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [
    ...[...text.matchAll(URL)].map(([, host = '']) => host),
    ...(REMOTE.exec(text)?.slice(1) ?? []),
  ]);
}

function fetchedHosts({ program, arguments: words }: CommandLine): string[] {
  if (!FETCHERS.has(program)) return [];
  return words.flatMap((word) => HOST.exec(word)?.slice(0, 1) ?? []);
}
