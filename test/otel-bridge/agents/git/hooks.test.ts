import { describe, expect, it } from 'vitest';
import { hookToEvents } from '../../../../otel-bridge/agents/index.ts';
import type { JsonObject } from '../../../../otel-bridge/domain/event.ts';

const COMMIT = {
  hook_event_name: 'post-commit',
  sha: 'a'.repeat(40),
  action: 'commit',
  branch: 'main',
  cwd: '/home/dev/shop',
  files_changed: 2,
  lines_added: 10,
  lines_removed: 3,
  message_size_bytes: 40,
  trailers: { agent: 'codex', task: 't-1', confidence: 'high', tests: 'passed', review: 'none' },
  agent: 'claude-code',
  session_id: 's1',
};
const fire = (over: JsonObject = {}) =>
  hookToEvents(
    'git',
    { ...COMMIT, ...over },
    { id: 'h', firedMs: 5, host: 'box', attributes: { repository: 'shop' } },
  );

describe("git's hooks", () => {
  it('tell of a commit with its size and what its message says', () => {
    expect(fire()).toMatchObject([
      {
        id: `git:commit:${COMMIT.sha}`,
        type: 'git.commit',
        source: { framework: 'claude-code', host: 'box' },
        correlation: { sessionId: 's1' },
        attributes: { repository: 'shop', branch: 'main', cwd: '/home/dev/shop' },
        payload: {
          sha: COMMIT.sha,
          files_changed: 2,
          lines_added: 10,
          lines_removed: 3,
          message_size_bytes: 40,
          task_id: 't-1',
          confidence: 'high',
          tests: 'passed',
          review: 'none',
        },
      },
    ]);
  });

  it('take the agent and the session from the message where no agent commits', () => {
    const trailers = { agent: 'codex', session: 's2' };
    expect(fire({ agent: null, session_id: null, trailers })).toMatchObject([
      { source: { framework: 'codex' }, correlation: { sessionId: 's2' } },
    ]);
    expect(fire({ agent: null, session_id: null, trailers: {} })).toMatchObject([
      { source: { framework: 'git' }, correlation: {} },
    ]);
  });

  it.each([
    ['commit (initial)', ['git.commit']],
    ['commit (merge)', ['git.commit']],
    ['cherry-pick', ['git.commit']],
    ['commit (amend)', ['git.amend']],
    ['rebase (pick)', []],
    ['rebase', []],
  ])('count what somebody made: %s', (action, types) => {
    expect(fire({ action }).map(({ type }) => type)).toEqual(types);
  });

  it('tell nothing where it is no commit', () => {
    expect(hookToEvents('git', {}, { id: 'h', firedMs: 5, attributes: {} })).toEqual([]);
  });
});
