import type { SpanPayload } from '../../domain/payload.ts';

type Action = NonNullable<SpanPayload['action']>;

/** Words in the names of agents' tools, by what such a tool does. The first that fits counts. */
const WORDS: readonly (readonly [RegExp, Action])[] = [
  [/^mcp_|^mcp$|use_mcp|access_mcp/, 'api'],
  [/bash|shell|terminal|command|^exec|execute_code|powershell|process/, 'shell'],
  [/web_?search|search_web|^skill|knowledge|memory|docs?_search|documentation/, 'knowledge'],
  [/fetch|http|browser|url|api/, 'api'],
  [/read|write|edit|create|patch|file|view|glob|grep|^ls$|^list$|^search|replace|notebook|undo/, 'file'],
];

/** The class of action of a tool, as its name says. */
export function toolActionByName(toolName: string): Action {
  const name = toolName.toLowerCase();
  return WORDS.find(([words]) => words.test(name))?.[1] ?? 'other';
}
