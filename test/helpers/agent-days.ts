import fc from 'fast-check';
import type { AgentEvent, Origin } from '../../otel-bridge/domain/event.ts';

const HOUR_MS = 3_600_000;

/** One thing that an agent did, and which origins tell of it. */
interface Deed {
  readonly session: string;
  readonly kind: 'call' | 'tool' | 'run' | 'prompt' | 'error' | 'snapshot' | 'end';
  /** Before the end of the days. */
  readonly hoursAgo: number;
  readonly tokens: number;
  readonly model: string;
  readonly costUsd: number | undefined;
  readonly status: string;
  readonly hasId: boolean;
  readonly origins: readonly Origin[];
}

const deed: fc.Arbitrary<Deed> = fc.record({
  session: fc.constantFrom('s1', 's2', 's3'),
  kind: fc.constantFrom('call', 'call', 'tool', 'tool', 'run', 'prompt', 'error', 'snapshot', 'end' as const),
  hoursAgo: fc.integer({ min: 1, max: 100 }),
  tokens: fc.integer({ min: 0, max: 3 }),
  model: fc.constantFrom('priced', 'unheard-of'),
  costUsd: fc.constantFrom(undefined, 0.25),
  status: fc.constantFrom('success', 'failure', 'error'),
  hasId: fc.boolean(),
  origins: fc.subarray<Origin>(['telemetry', 'transcript', 'hook'], { minLength: 1 }),
});

function eventsOf(told: Deed, place: number, endMs: number): AgentEvent[] {
  const { session, kind, tokens, model, costUsd, status, hasId, origins } = told;
  const tsMs = Math.round(endMs - told.hoursAgo * HOUR_MS);
  return origins.flatMap((origin): AgentEvent[] => {
    const make = (name: string, type: string, payload: object, runId?: string, atMs = tsMs): AgentEvent => ({
      id: `${origin}-${name}-${place}`,
      type,
      tsMs: atMs,
      tsNanos: 0,
      source: { framework: 'claude-code', host: 'box' },
      correlation: { sessionId: session, runId },
      attributes: { project: session === 's3' ? 'shop' : 'demo', agent: 'a' },
      payload: { ...payload },
      origin,
    });
    const usage = { input_tokens: tokens, output_tokens: 1, cost_usd: costUsd };
    switch (kind) {
      case 'call':
        // Without request ids calls are told apart by place alone; hooks do not tell of them then.
        if (!hasId && origin === 'hook') return [];
        return [
          make('call', 'api.request', {
            ...usage,
            ...(hasId ? { request_id: `req${place}` } : { message_id: `m${place}` }),
            model,
            query_source: hasId ? 'main' : 'subagent',
            ...(tokens > 1 ? { provider: 'anthropic', subagent: 'Explore', effort: 'high' } : {}),
          }),
        ];
      case 'tool': {
        const server = tokens > 1 ? { mcp_server: 'calc', mcp_tool: 'add' } : {};
        const tool = { tool_name: 'Bash', tool_use_id: `t${place}`, ...server };
        const start = make('start', 'span.start', tool, undefined, tsMs - 500);
        return hasId ? [start, make('end', 'span.end', { ...tool, status, duration_ms: 500 })] : [start];
      }
      case 'run': {
        const run = `r${place}`;
        return [
          make('run', 'run.start', tokens === 0 ? { task_id: 'task-1' } : {}, run, tsMs - 9000),
          make('ran', 'run.end', { status, ...(hasId ? { usage: { input_tokens: tokens } } : {}) }, run),
        ];
      }
      case 'prompt':
        return [make('prompt', 'prompt', { prompt_id: `p${place}` })];
      case 'error':
        return [make('error', 'error', { message: 'oops' })];
      case 'snapshot':
        return [
          make(
            'snapshot',
            'metric.snapshot',
            { usage: { input_tokens: tokens } },
            hasId ? `r${place}` : undefined,
          ),
        ];
      default:
        return [make('end', 'session.end', { reason: 'exit' })];
    }
  });
}

/** Some days of agents' work before `endMs`, told by several origins, in no order of time. */
export function agentDays(endMs: number): fc.Arbitrary<AgentEvent[]> {
  return fc
    .array(deed, { minLength: 1, maxLength: 25, size: 'max' })
    .map((deeds) => deeds.flatMap((told, place) => eventsOf(told, place, endMs)));
}
