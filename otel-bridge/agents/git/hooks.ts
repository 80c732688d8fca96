import type { AgentEvent, Correlation, JsonObject } from '../../domain/event.ts';
import { numberOf, objectOf, present, textOf } from '../../domain/values.ts';
import type { HookAdapter } from '../hook-adapter.ts';

/** A commit that nobody's agent made. */
const GIT = 'git';

/**
 * Git's `post-commit`, as hooks/git/describe-commit.ts tells it. A commit that a rebase copies is none that anybody made,
 * and one that is amended was made before.
 */
export const gitHooks: HookAdapter = {
  framework: GIT,
  toEvents(input, context): AgentEvent[] {
    const sha = textOf(input.sha);
    const action = textOf(input.action) ?? '';
    if (sha === undefined || action.startsWith('rebase')) return [];
    const trailers = objectOf(input.trailers) ?? {};
    const { host, attributes, claims } = context;
    const framework = textOf(input.agent) ?? textOf(trailers.agent) ?? GIT;
    return [
      {
        id: `${GIT}:commit:${sha}`,
        type: action.includes('amend') ? 'git.amend' : 'git.commit',
        tsMs: context.firedMs,
        tsNanos: 0,
        source: { framework, ...(host === undefined ? {} : { host }) },
        correlation: present<Correlation>({
          sessionId: textOf(input.session_id) ?? textOf(trailers.session),
        }),
        attributes: { ...attributes, ...present({ cwd: textOf(input.cwd), branch: textOf(input.branch) }) },
        payload: { ...commit(input, sha, attributes), ...said(trailers) },
        origin: 'hook',
        ...(claims === undefined ? {} : { claims }),
      },
    ];
  },
};

function commit(input: JsonObject, sha: string, { repository }: JsonObject): JsonObject {
  return present({
    sha,
    repository: textOf(repository),
    branch: textOf(input.branch),
    files_changed: numberOf(input.files_changed),
    lines_added: numberOf(input.lines_added),
    lines_removed: numberOf(input.lines_removed),
    message_size_bytes: numberOf(input.message_size_bytes),
  });
}

/** What the message says of itself in its trailers. */
function said(trailers: JsonObject): JsonObject {
  return present({
    agent_trailer: textOf(trailers.agent),
    task_id: textOf(trailers.task),
    confidence: textOf(trailers.confidence),
    tests: textOf(trailers.tests),
    review: textOf(trailers.review),
  });
}
