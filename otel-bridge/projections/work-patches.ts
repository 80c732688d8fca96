import type { AgentEvent, JsonObject } from '../domain/event.ts';
import { firstOf, numberOf, textOf } from '../domain/values.ts';
import type { FactPatch } from './fact-patch.ts';
import { outcomeOf } from './outcome.ts';

/** Tasks, commits and pull requests: what comes out of work, with identities that agents, hooks and git share. */

/** A task that is named; null where the event names none. */
export function taskPatch(event: AgentEvent): FactPatch | null {
  const { payload, attributes, tsMs } = event;
  const taskId = firstOf(textOf, ['task_id', 'id'], payload, attributes);
  if (taskId === undefined) return null;
  const ended = event.type === 'task.end';
  return {
    key: `task:${taskId}`,
    kind: 'task',
    eventType: 'task.end',
    startMs: ended ? undefined : tsMs,
    endMs: ended ? tsMs : undefined,
    durationMs: ended ? numberOf(payload.duration_ms) : undefined,
    name: textOf(payload.name),
    outcome: ended ? outcomeOf(payload) : undefined,
    data: { ...payload, task_id: taskId },
    ready: ended,
  };
}

/** Digits of a commit's id that everyone tells. */
const SHORT_SHA_LENGTH = 7;

/**
 * A commit, told by `git.commit` or by the call that made it. Git's own hook tells the whole id, an agent the first
 * digits; without one, the call is the identity.
 */
export function commitPatch(event: AgentEvent): FactPatch | null {
  const { payload } = event;
  const sha = firstOf(textOf, ['sha', 'commit_sha'], payload);
  const isCommit = event.type === 'git.commit' || textOf(payload.commit_sha) !== undefined;
  if (!isCommit) return null;
  const identity = sha === undefined ? callOrEvent(event) : sha.slice(0, SHORT_SHA_LENGTH).toLowerCase();
  const { lines_added, lines_removed, ...rest } = payload;
  const told: JsonObject = event.type === 'git.commit' ? { ...rest, lines_added, lines_removed } : {};
  return momentPatch(event, `commit:${identity}`, 'commit', sha, { ...told, sha });
}

/** A pull request, told by `git.pull_request` or by the call that opened it. */
export function pullRequestPatch(event: AgentEvent): FactPatch | null {
  const { payload } = event;
  const url = firstOf(textOf, ['pull_request_url', 'url'], payload);
  const isPullRequest = event.type === 'git.pull_request' || textOf(payload.pull_request_url) !== undefined;
  if (!isPullRequest) return null;
  return momentPatch(event, `pull_request:${url ?? callOrEvent(event)}`, 'pull_request', url, { url });
}

/** Something of one moment that may be known better once others have told of it. */
function momentPatch(
  event: AgentEvent,
  key: string,
  kind: 'commit' | 'pull_request',
  name: string | undefined,
  data: JsonObject,
): FactPatch {
  return {
    key,
    kind,
    eventType: kind === 'commit' ? 'git.commit' : 'git.pull_request',
    runId: event.correlation.runId,
    startMs: event.tsMs,
    endMs: event.tsMs,
    name,
    outcome: 'success',
    data,
    ready: true,
    waits: true,
  };
}

function callOrEvent(event: AgentEvent): string {
  const call = textOf(event.payload.tool_use_id) ?? event.correlation.spanId;
  return call === undefined ? `event:${event.id}` : `${event.correlation.sessionId ?? ''}:${call}`;
}
