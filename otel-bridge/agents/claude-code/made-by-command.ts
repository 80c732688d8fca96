import type { SpanPayload } from '../../domain/payload.ts';
import { present } from '../../domain/values.ts';

const COMMITS = /\bgit\b[^\n;&|]*\bcommit\b/;
/** How git tells of a commit: `[main 1a2b3c4] message`, `[main (root-commit) 1a2b3c4] message`. */
const COMMITTED = /^\[[^\]\n]*?\b([0-9a-f]{7,40})\] /m;
const OPENS_PULL_REQUEST = /\b(?:gh\s+pr|glab\s+mr)\s+(?:create|new)\b/;
const PULL_REQUEST = /https?:\/\/[^\s"'<>]+\/(?:pull|pulls|pull-requests|merge_requests)\/\d+/;

/** What a command that did well left behind: a commit, a pull request. @param output what it printed */
export function madeByCommand(
  command: string,
  output: string,
): Pick<SpanPayload, 'commit_sha' | 'pull_request_url'> {
  return present({
    commit_sha: COMMITS.test(command) ? COMMITTED.exec(output)?.[1] : undefined,
    pull_request_url: OPENS_PULL_REQUEST.test(command) ? PULL_REQUEST.exec(output)?.[0] : undefined,
  });
}

/** True for commands that may make something which `madeByCommand` finds in their output. */
export function mayMake(command: string): boolean {
  return COMMITS.test(command) || OPENS_PULL_REQUEST.test(command);
}
