import { describe, expect, it } from 'vitest';
import { geminiCliTranscripts } from '../../../../otel-bridge/agents/gemini-cli/transcript.ts';
import { familyTranscriptEvents, readTranscriptLines } from '../../../helpers/gemini-family-fixtures.ts';

const HEADER = { sessionId: 's1', projectHash: 'h', startTime: '2026-01-02T03:04:05.000Z', kind: 'main' };

function message(fields: object) {
  return { id: 'm1', timestamp: '2026-01-02T03:04:06.000Z', ...fields };
}

function read(...lines: object[]) {
  return readTranscriptLines(
    geminiCliTranscripts,
    lines.map((line) => JSON.stringify(line)),
  );
}

describe('the transcripts of Gemini CLI', () => {
  it('lie below .gemini/tmp, those of sub-agents in a folder of their session', () => {
    const isTranscript = (path: string) => geminiCliTranscripts.isTranscript(path);
    expect(isTranscript('demo/chats/session-2026-11-21T13-52-4e79b61c.jsonl')).toBe(true);
    expect(isTranscript('demo/chats/session-2025-11-21T13-52-4e79b61c.json')).toBe(true);
    expect(isTranscript('demo/chats/4e79b61c/9606ba42.jsonl')).toBe(true);
    expect(isTranscript('demo/logs.json')).toBe(false);
    expect(geminiCliTranscripts.mayHold('demo/chats/4e79b61c')).toBe(true);
    expect(geminiCliTranscripts.mayHold('demo/shell_snapshots')).toBe(false);
  });

  it('begin a session once, where it works, and tell each process that goes on with it', () => {
    const starts = familyTranscriptEvents('gemini-cli', 'resume').filter(
      ({ type }) => type === 'session.start',
    );
    const where = { cwd: '/home/dev/demo', repository: 'demo' };
    expect(starts.map(({ payload }) => payload)).toEqual([
      { start_type: 'fresh', ...where },
      { start_type: 'resume', ...where },
    ]);
  });

  it('tell prompts without what Gemini CLI says itself, and their text only where it may be told', () => {
    const prompts = (overrides = {}) =>
      familyTranscriptEvents('gemini-cli', 'resume', overrides).filter(({ type }) => type === 'prompt');
    expect(prompts().map(({ payload }) => payload)).toEqual([{ length: 15 }, { length: 12 }]);
    const privacy = { prompts: true, toolArguments: false, toolOutput: false, filePaths: true };
    expect(prompts({ privacy })[1]?.payload).toEqual({ length: 12, text: '[fail] again' });
  });

  it('tell the exit code of a command', () => {
    const commands = familyTranscriptEvents('gemini-cli', 'basic').filter(({ type }) => type === 'span.end');
    expect(commands.map(({ payload }) => [payload.status, payload.exit_code])).toEqual([
      ['success', undefined],
      ['success', undefined],
      ['failure', 3],
    ]);
  });

  it("tell a sub-agent's calls in its parent's session", () => {
    const events = familyTranscriptEvents('gemini-cli', 'subagents');
    expect(new Set(events.map(({ correlation }) => correlation.sessionId)).size).toBe(1);
    const calls = events.filter(({ payload }) => payload.query_source === 'subagent');
    expect(new Set(calls.map(({ id }) => id)).size).toBe(4);
    expect(new Set(calls.map(({ payload }) => payload.subagent_id)).size).toBe(2);
  });

  it('give a message that is written again the same events', () => {
    const tokens = { input: 100, output: 5, cached: 60, thoughts: 2, tool: 0, total: 107 };
    const answer = message({ type: 'gemini', content: '', model: 'gemini-3.8-flash', tokens });
    const call = { id: 'c1', name: 'nope', args: {}, status: 'success', timestamp: answer.timestamp };
    const events = read(HEADER, answer, { ...answer, toolCalls: [call] });
    expect(events.map(({ id }) => id)).toEqual([
      'gemini-cli:session:s1',
      'gemini-cli:s1:m1:api',
      'gemini-cli:s1:m1:api',
      'gemini-cli:s1:m1:tool:c1',
    ]);
    expect(events[1]).toEqual(events[2]);
  });

  it('say nothing of a call that has not ended, nor of a file without a beginning', () => {
    const call = { id: 'c1', name: 'nope', args: {}, status: 'executing' };
    expect(read(HEADER, message({ type: 'gemini', toolCalls: [call] })).map(({ type }) => type)).toEqual([
      'session.start',
    ]);
    expect(read(message({ type: 'user', content: 'hello' }))).toEqual([]);
  });

  it('are read from a whole document as from lines', () => {
    const tokens = { input: 10, output: 5, cached: 0, thoughts: 0, tool: 0, total: 15 };
    const messages = [
      message({ type: 'user', content: 'hello' }),
      message({ id: 'm2', type: 'gemini', content: 'hi', model: 'gemini-2.5-pro', tokens }),
    ];
    const lines = geminiCliTranscripts.documentLines?.({ ...HEADER, messages }) ?? [];
    expect(read(...(lines as object[])).map(({ type }) => type)).toEqual([
      'session.start',
      'prompt',
      'api.request',
    ]);
    expect(geminiCliTranscripts.documentLines?.('no object')).toEqual([{}]);
  });
});
