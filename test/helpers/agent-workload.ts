/** Agents at work in two projects, and what each of their events is worth: the truth that dashboards must show. */
import type { AgentEvent } from '../../otel-bridge/domain/event.ts';

/** Work comes in slots of this length: an agent acts in the first 3 minutes of one, and is quiet in the rest. */
export const SLOT_MS = 300_000;
/** Into a slot: everything that happened in it has been counted by then. */
export const QUIET_MS = 270_000;

/** To whom something belongs. */
export interface AgentIdentity {
  readonly project: string;
  readonly agent: string;
  readonly host: string;
  readonly framework: string;
}

/** One thing that a panel counts or sums. */
export interface Observation extends AgentIdentity {
  readonly atMs: number;
  readonly sessionId: string;
  readonly what: 'session' | 'run' | 'call' | 'tokens' | 'cost' | 'tool' | 'error';
  readonly value: number;
  readonly outcome?: string;
  readonly model?: string;
  readonly tokenType?: string;
  readonly errorType?: string;
  readonly tool?: string;
  readonly durationMs?: number;
  /** Of an error: type of the event whose record tells of it. */
  readonly event?: string;
}

/** What agents did. */
export interface Workload {
  /** In order of time. */
  readonly events: readonly (AgentEvent & { readonly owner: AgentIdentity })[];
  readonly observations: readonly Observation[];
}

/**
 * Names that break queries which do not escape: the dot of one project matches the X of the other, and parentheses
 * are groups.
 */
export const AGENTS: readonly AgentIdentity[] = [
  { project: 'acme/shop.web', agent: 'dev', host: 'laptop', framework: 'claude-code' },
  { project: 'acme/shop.web', agent: 'ci (nightly)', host: 'build-1', framework: 'claude-code' },
  { project: 'acme/shopXweb', agent: 'dev', host: 'laptop', framework: 'openclaw' },
  { project: 'acme/shopXweb', agent: 'ci (nightly)', host: 'build-1', framework: 'claude-code' },
];

const MODELS = ['claude-opus-5-5', 'claude-haiku-4-5'];
const TOOLS = ['Bash', 'Read', 'mcp__web__fetch'];
const RUN_OUTCOMES = ['success', 'success', 'success', 'failure', 'error', 'cancelled'];
const TOOL_OUTCOMES = ['success', 'success', 'success', 'success', 'failure', 'error', 'rejected'];

/** Slots of work, by their number since `startMs`. */
export interface WorkloadOptions {
  readonly startMs: number;
  readonly slots: readonly number[];
  /** From this slot on a tool is used that was not known before. */
  readonly newToolFrom: number;
}

/** Makes the same workload for the same options, but for its time. */
export function makeWorkload({ startMs, slots, newToolFrom }: WorkloadOptions): Workload {
  const random = randomNumbers(20_261_121);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const below = (limit: number): number => Math.floor(random() * limit);
  const events: (AgentEvent & { owner: AgentIdentity })[] = [];
  const observations: Observation[] = [];

  for (const [index, owner] of AGENTS.entries()) {
    let session = 0;
    let open = false;
    for (const slot of slots) {
      if (random() < 0.3) continue;
      let atMs = startMs + slot * SLOT_MS + below(10_000);
      const sessionId = (): string => `session-${index}-${session}`;
      const tell = (
        type: string,
        payload: Record<string, unknown>,
        ids: { runId?: string; spanId?: string } = {},
      ) => {
        atMs += 100 + below(1500);
        events.push({
          owner,
          id: `event-${index}-${events.length}`,
          type,
          tsMs: atMs,
          tsNanos: 0,
          source: { framework: owner.framework, clientId: `client-${index}`, host: owner.host },
          correlation: { sessionId: sessionId(), ...ids },
          attributes: { project: owner.project, agent: owner.agent },
          payload,
          origin: owner.framework === 'claude-code' ? 'telemetry' : 'ingest',
        });
      };
      const count = (what: Observation['what'], more: Partial<Observation> = {}): void => {
        observations.push({ ...owner, atMs, sessionId: sessionId(), what, value: 1, ...more });
      };
      const spend = (model: string): Record<string, number> => {
        const tokens = {
          input: below(900),
          output: 1 + below(500),
          cache_read: below(9000),
          cache_creation: below(300),
        };
        const costNano = 1000 * (1 + below(900_000));
        return { ...tokens, costNano, model: MODELS.indexOf(model) };
      };
      const observeUsage = (usage: Record<string, number>, model: string): void => {
        for (const tokenType of ['input', 'output', 'cache_read', 'cache_creation']) {
          count('tokens', { model, tokenType, value: usage[tokenType] ?? 0 });
        }
        count('cost', { model, value: (usage.costNano ?? 0) / 1e9 });
      };
      const payloadOf = (usage: Record<string, number>): Record<string, unknown> => ({
        input_tokens: usage.input,
        output_tokens: usage.output,
        cache_read_tokens: usage.cache_read,
        cache_creation_tokens: usage.cache_creation,
        cost_usd: (usage.costNano ?? 0) / 1e9,
      });

      if (!open) {
        session += 1;
        open = true;
        tell('session.start', { start_type: 'fresh' });
        count('session');
      }
      for (let run = 1 + below(3); run > 0; run--) {
        const runId = `${sessionId()}-${slot}-${run}`;
        tell('run.start', {}, { runId });
        for (let call = 1 + below(4); call > 0; call--) {
          const model = pick(MODELS);
          const errorType = random() < 0.15 ? pick(['429', '529']) : undefined;
          const tool = pick(slot >= newToolFrom ? [...TOOLS, 'WebSearch'] : TOOLS);
          const spanId = `${runId}-${call}`;
          if (owner.framework === 'claude-code') {
            const usage = spend(model);
            const told = errorType === undefined ? payloadOf(usage) : { error_type: errorType };
            tell(
              'api.request',
              { request_id: `request-${spanId}`, model, duration_ms: 500 + below(4000), ...told },
              { runId },
            );
            count('call', { model, ...(errorType === undefined ? {} : { errorType }) });
            if (errorType === undefined) observeUsage(usage, model);
            else count('error', { event: 'api.request' });
          }
          tell('span.start', { kind: 'tool', tool_name: tool }, { runId, spanId });
          const outcome = pick(TOOL_OUTCOMES);
          const durationMs = 5 + below(8000);
          tell(
            'span.end',
            { kind: 'tool', tool_name: tool, status: outcome, duration_ms: durationMs },
            { runId, spanId },
          );
          count('tool', { tool, outcome, durationMs });
          if (outcome === 'error') count('error', { event: 'span.end' });
        }
        if (random() < 0.1) {
          tell('error', { message: 'connection lost' }, { runId });
          count('error', { event: 'error' });
        }
        const outcome = pick(RUN_OUTCOMES);
        const model = pick(MODELS);
        const usage = spend(model);
        // This framework tells usage for the whole run, and once more in a snapshot.
        const whole = owner.framework === 'openclaw' ? { model, usage: payloadOf(usage) } : {};
        tell('run.end', { status: outcome, ...whole }, { runId });
        count('run', { outcome });
        if (outcome === 'error') count('error', { event: 'run.end' });
        if (owner.framework === 'openclaw') {
          observeUsage(usage, model);
          tell('metric.snapshot', whole, { runId });
        }
      }
      if (random() < 0.3) {
        tell('session.end', { reason: 'exit' });
        open = false;
      }
      const overtimeMs = atMs - (startMs + slot * SLOT_MS) - 180_000;
      if (overtimeMs > 0) throw new Error(`Slot ${slot} of ${owner.agent} is ${overtimeMs} ms too long`);
    }
  }
  return { events: events.toSorted((a, b) => a.tsMs - b.tsMs), observations };
}

/** Mulberry32: small, fast and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
