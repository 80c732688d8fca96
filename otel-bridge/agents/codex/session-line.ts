import type { SessionStartPayload } from '../../domain/payload.ts';
import { objectOf, present, textOf } from '../../domain/values.ts';
import type { TranscriptContext } from '../transcript-format.ts';
import { type CodexStep, threadEvent } from './transcript-events.ts';
import type { TranscriptLine } from './transcript-line.ts';
import type { CodexState } from './transcript-state.ts';

/** A sub-agent that nobody gave a role. */
const DEFAULT_SUBAGENT = 'default';

/** The first line of a file: which thread it is, and where it works. Later ones belong to history that was copied. */
export function sessionLine(line: TranscriptLine, state: CodexState, context: TranscriptContext): CodexStep {
  const { payload } = line;
  const sessionId = textOf(payload.id);
  if (state.sessionId !== undefined || sessionId === undefined) return { events: [], state };
  const cwd = textOf(payload.cwd);
  const branch = textOf(objectOf(payload.git)?.branch);
  const version = textOf(payload.cli_version);
  const subagent = subagentOf(payload);
  const parent = parentOf(payload);
  const after: CodexState = {
    ...state,
    sessionId,
    promptSource: promptSource(payload.source),
    ...present({ cwd, branch, version, provider: textOf(payload.model_provider) }),
    ...(subagent === undefined ? {} : { subagent: { type: subagent, id: sessionId } }),
  } as CodexState;
  const started: SessionStartPayload = present({
    start_type:
      subagent !== undefined ? 'subagent' : payload.forked_from_id === undefined ? undefined : 'fork',
    parent_session_id: parent,
    cwd: context.privacy.filePaths ? cwd : undefined,
    repository: cwd === undefined ? undefined : context.repositoryOf(cwd),
    branch,
    agent_version: version,
  });
  const event = threadEvent(after, context, {
    type: 'session.start',
    part: 'session',
    tsMs: line.tsMs,
    payload: { ...started, ...present({ forked_from: textOf(payload.forked_from_id) }) },
  });
  return { events: [event], state: after };
}

/** Type of the sub-agent that a thread belongs to; undefined where a person or a script began it. */
function subagentOf(payload: TranscriptLine['payload']): string | undefined {
  const source = objectOf(payload.source)?.subagent;
  // Helpers of Codex itself are a word: `review`, `compact`.
  if (typeof source === 'string') return source;
  const spawn = spawnOf(payload);
  if (spawn === undefined && source === undefined) return undefined;
  return textOf(spawn?.agent_role) ?? DEFAULT_SUBAGENT;
}

function parentOf(payload: TranscriptLine['payload']): string | undefined {
  return textOf(payload.parent_thread_id) ?? textOf(spawnOf(payload)?.parent_thread_id);
}

function spawnOf(payload: TranscriptLine['payload']): Record<string, unknown> | undefined {
  return objectOf(objectOf(objectOf(payload.source)?.subagent)?.thread_spawn);
}

function promptSource(source: unknown): string {
  if (typeof source === 'object') return 'system';
  return source === 'exec' || source === 'mcp' ? 'script' : 'person';
}
