import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, utimesSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRandom } from '../seeded-random.ts';
import { type Bodies, createBodies } from './bodies.ts';
import { claudeCodeLines } from './claude-code-lines.ts';
import { codexLines } from './codex-lines.ts';
import { geminiCliLines } from './gemini-cli-lines.ts';
import { qwenCodeLines } from './qwen-code-lines.ts';
import { type PlannedSession, planSession } from './session-plan.ts';

const DAY_MS = 86_400_000;
const CHUNK_BYTES = 4 * 1024 * 1024;

/** What was written of one agent on one day (UTC). */
export interface WrittenDay {
  calls: number;
  tools: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
}

/** A home as it was written. */
export interface WrittenHome {
  readonly bytes: number;
  readonly files: number;
  readonly lines: number;
  readonly sessions: number;
  /** What all transcripts together tell, by `<framework> <day>`. */
  readonly days: ReadonlyMap<string, WrittenDay>;
}

/** Options of `writeAgentHome`. */
export interface AgentHomeOptions {
  /** How large all transcripts are together, bytes, to within a session. */
  readonly bytes: number;
  /** The newest of them were written just before. Unix ms. */
  readonly nowMs: number;
  /** @default 30 */
  readonly days?: number;
  /** @default 1 */
  readonly seed?: number;
}

interface Agent {
  readonly framework: string;
  /** Part of all bytes. */
  readonly share: number;
  readonly models: readonly string[];
  readonly writesCache: boolean;
  path(session: PlannedSession): string;
  lines(session: PlannedSession, bodies: Bodies): Generator<string>;
}

const folderOf = (cwd: string): string => cwd.replaceAll('/', '-');
const startOf = ({ turns }: PlannedSession): string => new Date(turns[0]?.atMs ?? 0).toISOString();

const AGENTS: readonly Agent[] = [
  {
    framework: 'claude-code',
    share: 0.6,
    models: ['claude-opus-4-8', 'claude-sonnet-4-6'],
    writesCache: true,
    path: ({ id, cwd }) => `.claude/projects/${folderOf(cwd)}/${id}.jsonl`,
    lines: claudeCodeLines,
  },
  {
    framework: 'codex',
    share: 0.25,
    models: ['gpt-5.1-codex', 'gpt-5'],
    writesCache: false,
    path: (session) => {
      const [day = '', time = ''] = startOf(session).split('T');
      const name = `rollout-${day}T${time.slice(0, 8).replaceAll(':', '-')}-${session.id}.jsonl`;
      return `.codex/sessions/${day.replaceAll('-', '/')}/${name}`;
    },
    lines: codexLines,
  },
  {
    framework: 'gemini-cli',
    share: 0.08,
    models: ['gemini-2.5-pro', 'gemini-2.5-flash'],
    writesCache: false,
    path: (session) =>
      `.gemini/tmp/project/chats/session-${startOf(session).slice(0, 16).replace(':', '-')}-${session.id.slice(0, 8)}.jsonl`,
    lines: geminiCliLines,
  },
  {
    framework: 'qwen-code',
    share: 0.07,
    models: ['qwen3-coder-plus'],
    writesCache: false,
    path: ({ id, cwd }) => `.qwen/projects/${folderOf(cwd)}/chats/${id}.jsonl`,
    lines: qwenCodeLines,
  },
];

/**
 * Writes the home of somebody who worked with four agents: sessions of all sizes over some days, with the tool results,
 * thoughts and records that make up most of what agents keep. The same for the same seed and time.
 */
export function writeAgentHome(home: string, options: AgentHomeOptions): WrittenHome {
  const { bytes, nowMs, days: dayCount = 30, seed = 1 } = options;
  const random = createRandom(seed);
  const bodies = createBodies(seed);
  const days = new Map<string, WrittenDay>();
  const total = { bytes: 0, files: 0, lines: 0, sessions: 0 };

  const write = (path: string, session: PlannedSession, lines: Generator<string>): number => {
    const written = writeLines(join(home, path), lines);
    const lastMs = session.turns.at(-1)?.calls.at(-1)?.atMs ?? 0;
    utimesSync(join(home, path), lastMs / 1000, lastMs / 1000);
    total.bytes += written.bytes;
    total.lines += written.lines;
    total.files += 1;
    return written.bytes;
  };

  for (const agent of AGENTS) {
    const wanted = bytes * agent.share;
    const plan = { random, bodies, models: agent.models, writesCache: agent.writesCache };
    for (let written = 0, count = 0; written < wanted; count++) {
      const id = uuidOf(`${seed}:${agent.framework}:${count}`);
      // Most sessions are short; one in ten is the work of a day.
      const turns = Math.floor(1 + random() ** 3 * 30);
      const session = planUntil(nowMs - 60_000, nowMs - random() * (dayCount - 0.6) * DAY_MS, (startMs) =>
        planSession(id, startMs, turns, plan),
      );
      written += write(agent.path(session), session, agent.lines(session, bodies));
      countCalls(days, agent.framework, session);
      total.sessions += 1;
      if (agent.framework !== 'claude-code' || count % 6 !== 0) continue;
      const subagent = planUntil(nowMs - 60_000, session.turns[0]?.atMs ?? 0, (startMs) => ({
        ...planSession(uuidOf(`${id}:subagent`), startMs, 1, plan),
        id,
        cwd: session.cwd,
      }));
      const agentId = `a${uuidOf(`${id}:agent`).slice(0, 8)}`;
      const path = agent.path(session).replace(/\.jsonl$/, `/subagents/agent-${agentId}.jsonl`);
      written += write(path, subagent, claudeCodeLines(subagent, bodies, agentId));
      countCalls(days, agent.framework, subagent);
    }
  }
  return { ...total, days };
}

/** Plans a session, earlier where it would end after a time. */
function planUntil(
  endMs: number,
  startMs: number,
  plan: (startMs: number) => PlannedSession,
): PlannedSession {
  const session = plan(startMs);
  const lateMs = lastOf(session) - endMs;
  return lateMs <= 0 ? session : moved(session, lateMs);
}

/** The end of what a session's tools do. */
function lastOf({ turns }: PlannedSession): number {
  return Math.max(
    ...turns.flatMap(({ calls }) =>
      calls.map(({ atMs, tools }) => atMs + tools.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    ),
  );
}

function moved(session: PlannedSession, byMs: number): PlannedSession {
  return {
    ...session,
    turns: session.turns.map((turn) => ({
      ...turn,
      atMs: turn.atMs - byMs,
      calls: turn.calls.map((call) => ({ ...call, atMs: call.atMs - byMs })),
    })),
  };
}

function countCalls(days: Map<string, WrittenDay>, framework: string, { turns }: PlannedSession): void {
  for (const { calls } of turns) {
    for (const { atMs, tokens, tools } of calls) {
      const key = `${framework} ${new Date(atMs).toISOString().slice(0, 10)}`;
      const day = days.get(key) ?? {
        calls: 0,
        tools: 0,
        input: 0,
        output: 0,
        cacheRead: 0,
        cacheCreation: 0,
      };
      days.set(key, day);
      day.calls += 1;
      day.tools += tools.length;
      day.input += tokens.input;
      day.output += tokens.output;
      day.cacheRead += tokens.cacheRead;
      day.cacheCreation += tokens.cacheCreation;
    }
  }
}

/** Writes a file line by line, a few megabytes at once. */
function writeLines(path: string, lines: Iterable<string>): { bytes: number; lines: number } {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  let pending = '';
  const written = { bytes: 0, lines: 0 };
  const flush = (): void => {
    written.bytes += writeSync(file, pending);
    pending = '';
  };
  for (const line of lines) {
    pending += `${line}\n`;
    written.lines += 1;
    if (pending.length > CHUNK_BYTES) flush();
  }
  flush();
  closeSync(file);
  return written;
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
