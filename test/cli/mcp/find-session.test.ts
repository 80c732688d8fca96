import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSession } from '../../../cli/mcp/find-session.ts';

/** A shell 10 with two agents, 20 and 30; each has started an MCP server through a launcher. */
const PARENTS: Readonly<Record<number, number>> = { 21: 20, 22: 21, 20: 10, 31: 30, 30: 10, 10: 5, 5: 1 };

function notes(...told: { id: string; ancestors: number[]; noted?: number }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-monitor-notes-'));
  told.forEach(({ id, ancestors, noted = 1 }, index) => {
    const note = { session_id: id, framework: 'claude-code', ancestors, noted };
    writeFileSync(join(folder, `${index}.json`), JSON.stringify(note));
  });
  return folder;
}

const find = (folder: string, pid: number) =>
  findSession({ folder, pid, parentOf: async (child) => PARENTS[child] ?? null });

describe('the session of an MCP server', () => {
  it('is the one of the agent that started it, also among several below one shell', async () => {
    const folder = notes({ id: 'a', ancestors: [20, 10] }, { id: 'b', ancestors: [30, 10] });
    expect(await find(folder, 22)).toMatchObject({ found: true, sessionId: 'a' });
    expect(await find(folder, 31)).toMatchObject({ found: true, sessionId: 'b' });
  });

  it('is the newest one of that agent', async () => {
    const folder = notes(
      { id: 'before', ancestors: [20, 10], noted: 1 },
      { id: 'after', ancestors: [20, 10], noted: 2 },
    );
    expect(await find(folder, 20)).toMatchObject({ found: true, sessionId: 'after' });
  });

  it('is found where a shell stands between the agent and its hook', async () => {
    expect(await find(notes({ id: 'a', ancestors: [99, 20] }), 21)).toMatchObject({ sessionId: 'a' });
  });

  it('is not guessed where several agents could be meant', async () => {
    const folder = notes({ id: 'a', ancestors: [20, 10] }, { id: 'b', ancestors: [30, 10] });
    expect(await find(folder, 10)).toEqual({ found: false, reason: 'several agents run in this place' });
  });

  it('is not known where no agent has said so', async () => {
    expect(await find(notes(), 20)).toMatchObject({ found: false });
    expect(await find(notes({ id: 'a', ancestors: [77] }), 20)).toMatchObject({ found: false });
  });
});
