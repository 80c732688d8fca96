import { describe, expect, it } from 'vitest';
import { qwenCodeTranscripts } from '../../../../otel-bridge/agents/qwen-code/transcript.ts';
import {
  familyTelemetryEvents,
  familyTranscriptEvents,
  readTranscriptLines,
} from '../../../helpers/gemini-family-fixtures.ts';

const LINE = { sessionId: 's1', timestamp: '2026-01-02T03:04:05.000Z', cwd: '/home/dev/demo', version: '1' };

function read(...lines: object[]) {
  return readTranscriptLines(
    qwenCodeTranscripts,
    lines.map((line) => JSON.stringify(line)),
  );
}

function asked(text: string, more: object = {}) {
  const message = { role: 'user', parts: [{ text }] };
  return { uuid: `u-${text}`, ...LINE, type: 'user', provenance: 'real_user', message, ...more };
}

describe('the transcripts of Qwen Code', () => {
  it('are its chats; the files of sub-agents beside them tell the same once more', () => {
    expect(qwenCodeTranscripts.isTranscript('-home-dev-demo/chats/s1.jsonl')).toBe(true);
    expect(qwenCodeTranscripts.isTranscript('-home-dev-demo/subagents/s1/agent-a.jsonl')).toBe(false);
    expect(qwenCodeTranscripts.mayHold('-home-dev-demo/chats')).toBe(true);
    expect(qwenCodeTranscripts.mayHold('-home-dev-demo/subagents')).toBe(false);
  });

  it('tell the calls that telemetry tells, with the same ids', () => {
    const calls = (events: ReturnType<typeof familyTelemetryEvents>) =>
      events
        .filter(({ payload }) => payload.kind === 'tool')
        .map(({ payload, correlation }) => [payload.tool_use_id, payload.status, correlation.runId])
        .sort();
    expect(calls(familyTranscriptEvents('qwen-code', 'subagents'))).toEqual(
      calls(familyTelemetryEvents('qwen-code', 'subagents')),
    );
  });

  it('tell a prompt once the next record has told its id', () => {
    const prompts = familyTranscriptEvents('qwen-code', 'resume').filter(({ type }) => type === 'prompt');
    expect(prompts.map(({ payload }) => payload)).toEqual([
      { length: 15, prompt_id: expect.stringMatching(/########0$/) },
      { length: 12, prompt_id: expect.stringMatching(/########2$/) },
    ]);
  });

  it('tell a prompt that nothing followed at the end of the file, or before the next one', () => {
    const prompts = read(asked('first'), asked('second one')).filter(({ type }) => type === 'prompt');
    expect(prompts.map(({ payload }) => payload)).toEqual([{ length: 5 }, { length: 10 }]);
  });

  it('take no word of Qwen Code itself for a prompt', () => {
    const notification = asked('<task-notification>', { provenance: 'system', subtype: 'notification' });
    expect(read(notification).map(({ type }) => type)).toEqual(['session.start']);
  });

  it('say nothing of the lines of sub-agents, wherever they are read', () => {
    expect(read(asked('sub-task', { isSidechain: true, agentId: 'a' }))).toEqual([]);
  });

  it('begin a session where it works', () => {
    expect(read(asked('hello'))[0]).toMatchObject({
      id: 'qwen-code:session:s1',
      payload: { cwd: '/home/dev/demo', repository: 'demo', agent_version: '1' },
    });
  });

  it('tell compactions as telemetry does', () => {
    const ofKind = (events: ReturnType<typeof familyTelemetryEvents>) =>
      events
        .filter(({ payload }) => payload.kind === 'compaction')
        .map(({ correlation }) => correlation.spanId);
    const compactions = ofKind(familyTranscriptEvents('qwen-code', 'resume'));
    expect(compactions).toEqual(ofKind(familyTelemetryEvents('qwen-code', 'resume')));
    expect(compactions).toHaveLength(1);
  });

  it('say nothing of lines that are damaged', () => {
    expect(read({}, { uuid: 'u', sessionId: 's' }, { ...LINE, type: 'user' })).toEqual([]);
  });
});
