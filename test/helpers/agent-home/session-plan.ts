import type { createRandom } from '../seeded-random.ts';
import type { Bodies } from './bodies.ts';

/** Tokens of a model call, disjoint; `reasoning` is part of `output`. */
export interface PlannedTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheCreation: number;
  readonly output: number;
  readonly reasoning: number;
}

/** A tool that a model call asks for. */
export interface PlannedTool {
  readonly id: string;
  readonly kind: 'shell' | 'read' | 'edit';
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly exitCode: number;
  readonly durationMs: number;
}

/** A call of a model, and what came of it. */
export interface PlannedCall {
  readonly id: string;
  readonly atMs: number;
  readonly model: string;
  readonly tokens: PlannedTokens;
  readonly thinkingBytes: number;
  readonly textBytes: number;
  readonly tools: readonly PlannedTool[];
}

/** A prompt and the calls that answer it. */
export interface PlannedTurn {
  readonly id: string;
  readonly atMs: number;
  readonly promptBytes: number;
  readonly calls: readonly PlannedCall[];
}

/** What one session does; each agent writes it down in its own way. */
export interface PlannedSession {
  readonly id: string;
  readonly cwd: string;
  readonly turns: readonly PlannedTurn[];
}

/** What sessions of an agent are like. */
export interface PlanOptions {
  readonly random: ReturnType<typeof createRandom>;
  readonly bodies: Bodies;
  readonly models: readonly string[];
  readonly writesCache: boolean;
}

/** Plans a session that begins at a time. @param turns how many prompts */
export function planSession(
  id: string,
  startMs: number,
  turns: number,
  options: PlanOptions,
): PlannedSession {
  const { random, bodies, models, writesCache } = options;
  const between = (from: number, to: number): number => from + Math.floor(random() * (to - from));
  const model = models[Math.floor(random() * models.length)] ?? '';
  let atMs = startMs;
  let context = between(12_000, 20_000);
  let made = 0;
  const later = (fromMs: number, toMs: number): number => {
    atMs += between(fromMs, toMs);
    return atMs;
  };
  const tool = (): PlannedTool => {
    const kind = (['shell', 'shell', 'read', 'edit'] as const)[between(0, 4)] ?? 'shell';
    return {
      id: `${id.slice(0, 8)}${id.slice(-12)}${++made}`,
      kind,
      inputBytes: bodies.size(kind === 'edit' ? 600 : 60),
      outputBytes: bodies.size(kind === 'edit' ? 400 : 1500),
      exitCode: random() < 0.08 ? 1 : 0,
      durationMs: between(20, 5000),
    };
  };
  const call = (last: boolean): PlannedCall => {
    const grown = between(200, 4000);
    const reasoning = random() < 0.5 ? between(20, 900) : 0;
    const tokens: PlannedTokens = {
      input: writesCache ? between(2, 40) : grown,
      cacheRead: context,
      cacheCreation: writesCache ? grown : 0,
      output: reasoning + between(30, 900),
      reasoning,
    };
    context = Math.min(180_000, context + grown + tokens.output);
    return {
      id: `${id.slice(0, 8)}${id.slice(-12)}${++made}`,
      atMs: later(2000, 15_000),
      model,
      tokens,
      thinkingBytes: reasoning * 4,
      textBytes: bodies.size(250),
      tools: last ? [] : Array.from({ length: random() < 0.15 ? 3 : 1 }, tool),
    };
  };
  const turn = (): PlannedTurn => {
    const calls = between(3, 16);
    return {
      id: `${id.slice(0, 18)}${String(++made).padStart(5, '0')}${id.slice(23)}`,
      atMs: later(20_000, 400_000),
      promptBytes: bodies.size(180),
      calls: Array.from({ length: calls }, (_, index) => call(index === calls - 1)),
    };
  };
  return { id, cwd: `/home/dev/project-${between(1, 9)}`, turns: Array.from({ length: turns }, turn) };
}
