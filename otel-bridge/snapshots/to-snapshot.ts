import type { JsonObject } from '../domain/event.ts';
import type { KnownFact } from '../domain/read-model.ts';
import { numberOf, textOf } from '../domain/values.ts';

/** Names that one snapshot lists, at most. */
const MAX_NAMES = 50;

/** What a session's facts say together with. */
export interface SnapshotInput {
  /** Facts of the session in order of time. */
  readonly facts: readonly KnownFact[];
  /** Files with instructions that the agent said it loaded, newest first. */
  readonly memoryFiles: readonly string[];
  /** Why it is taken. */
  readonly reason: 'interval' | 'compaction';
}

/**
 * The state of a session at a moment: how full its context is, which tools run, which memory files are loaded, and what it
 * did to its work tree. One after the other they tell what the agent had before it at any time. Pure.
 */
export function toSnapshot({ facts, memoryFiles, reason }: SnapshotInput): JsonObject {
  const calls = facts.filter(({ kind, data }) => kind === 'api' && data.query_source !== 'auxiliary');
  const last = calls.at(-1);
  const used = last === undefined ? 0 : last.inputTokens + last.cacheReadTokens + last.cacheCreationTokens;
  const window =
    last === undefined
      ? undefined
      : (numberOf(last.data.context_window_tokens) ?? numberOf(last.data.model_window_tokens));
  const tools = facts.filter(({ kind }) => kind === 'tool');
  const run = facts.findLast(({ kind }) => kind === 'run');
  return {
    reason,
    state: run !== undefined && run.endMs === null ? 'running' : 'waiting',
    model: last?.name ?? null,
    context_tokens: last === undefined ? null : used,
    context_window_tokens: window ?? null,
    open_tools: names(tools.filter(({ endMs }) => endMs === null).map(({ name }) => name)),
    memory_files: names(memoryFiles),
    tool_calls: tools.length,
    ...workTree(tools),
    commits: facts.filter(({ kind }) => kind === 'commit').length,
    compactions: facts.filter(({ kind, data }) => kind === 'span' && data.kind === 'compaction').length,
  };
}

/** What the session's calls did to files, as far as they tell. */
function workTree(tools: readonly KnownFact[]): JsonObject {
  const changed = tools.filter(
    ({ data, outcome }) => isChange(textOf(data.file_operation)) && outcome === 'success',
  );
  const sum = (key: string): number =>
    tools.reduce((total, { data }) => total + (numberOf(data[key]) ?? 0), 0);
  return {
    file_changes: changed.length,
    changed_files: names(changed.map(({ data }) => textOf(data.file_path) ?? null)),
    lines_added: sum('lines_added'),
    lines_removed: sum('lines_removed'),
  };
}

function isChange(operation: string | undefined): boolean {
  return operation !== undefined && operation !== 'read' && operation !== 'search';
}

/** Each name once, those that are not known left out. */
function names(found: readonly (string | null)[]): string[] {
  return [...new Set(found.filter((name) => name !== null))].slice(0, MAX_NAMES);
}
