/** Agents at work in two projects, and what each of their events is worth: the truth that dashboards must show. */
import { createHash } from 'node:crypto';
import type { AgentEvent, Correlation } from '../../otel-bridge/domain/event.ts';
import { createRandom } from './seeded-random.ts';

/** Work comes in slots of this length: an agent acts in the first minute of one, and is quiet in the rest. */
export const SLOT_MS = 300_000;
/** How long agents act in a slot at most, ms. */
const BUSY_MS = 60_000;
/** Into a slot: everything that happened in it has been counted by then. */
export const QUIET_MS = 270_000;
/** Size of every model's context window here, tokens. */
export const WINDOW_TOKENS = 20_000;
/** No price is known of it. */
const UNPRICED = 'house-llm';

/** To whom something belongs. */
export interface AgentIdentity {
  readonly project: string;
  readonly agent: string;
  readonly host: string;
  readonly framework: string;
}

/** Kinds of things that panels count or sum. */
export type Observed =
  | 'session'
  | 'child session'
  | 'run'
  | 'call'
  | 'unpriced call'
  | 'unpriced tokens'
  | 'tokens'
  | 'cost'
  | 'prompt size'
  | 'tool'
  | 'tool ended'
  | 'tool seconds'
  | 'error'
  | 'judgement'
  | 'lines'
  | 'commit'
  | 'pull request'
  | 'file operation'
  | 'compaction'
  | 'tokens before compaction'
  | 'tokens after compaction'
  | 'context share'
  | 'seconds at work'
  | 'decision'
  | 'mode change'
  | 'violation'
  | 'refusal'
  | 'egress'
  | 'file tokens in'
  | 'file tokens out';

/** One thing that a panel counts or sums. */
export interface Observation extends AgentIdentity {
  readonly atMs: number;
  readonly sessionId: string;
  readonly runId?: string | undefined;
  readonly what: Observed;
  readonly value: number;
  /** Further labels, by their names in Prometheus and Loki. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An event and whose it is. */
export type OwnedEvent = AgentEvent & { readonly owner: AgentIdentity };

/** What agents did. */
export interface Workload {
  /** In order of time. */
  readonly events: readonly OwnedEvent[];
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
  { project: 'acme/shopXweb', agent: 'ci (nightly)', host: 'build-1', framework: 'codex' },
];

const MODELS = ['claude-opus-5-5', 'claude-haiku-4-5'];
const TOOLS = ['Bash', 'Read', 'Edit', 'mcp__web__fetch'];
const RUN_OUTCOMES = ['success', 'success', 'success', 'failure', 'error', 'cancelled'];
const TOOL_OUTCOMES = ['success', 'success', 'success', 'success', 'failure', 'error', 'rejected'];
const SUBAGENTS = ['Explore', 'reviewer'];
const FILES = ['src/cart.ts', 'src/checkout.ts', 'README.md'];
const MODES = ['default', 'plan', 'acceptEdits', 'bypassPermissions'];

/** Slots of work, by their number since `startMs`. */
export interface WorkloadOptions {
  readonly startMs: number;
  readonly slots: readonly number[];
  /** From this slot on a tool is used that was not known before. */
  readonly newToolFrom: number;
  /** What ids begin with: workloads that meet in one store have different ones. */
  readonly name: string;
  /** Length of the pauses between events, 1 = about half a second. */
  readonly pace: number;
}

/** What an event is correlated with beside its session. */
type Ids = Pick<Correlation, 'runId' | 'spanId'>;

/** Makes the same workload for the same options, but for its time. @throws Error where a slot is too short for it */
export function makeWorkload(options: WorkloadOptions): Workload {
  const { startMs, slots, name, pace } = options;
  const random = createRandom(20_261_121);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const events: OwnedEvent[] = [];
  const observations: Observation[] = [];

  for (const [index, owner] of AGENTS.entries()) {
    /** The other tells usage for whole runs only. */
    const tellsCalls = owner.framework !== 'openclaw';
    let session = 0;
    let run = 0;
    let open = false;
    let atMs = 0;
    const sessionId = (): string => `${name}-${index}-${session}`;

    const tell = (type: string, payload: Record<string, unknown>, ids: Ids = {}): void => {
      atMs += Math.ceil(pace * (100 + below(800)));
      events.push({
        owner,
        id: `${name}-event-${index}-${events.length}`,
        type,
        tsMs: atMs,
        tsNanos: 0,
        source: { framework: owner.framework, clientId: `client-${index}`, host: owner.host },
        correlation: { sessionId: sessionId(), ...ids },
        attributes: { project: owner.project, agent: owner.agent },
        payload,
        origin: tellsCalls ? 'telemetry' : 'ingest',
      });
    };
    const observe = (
      what: Observed,
      labels: Readonly<Record<string, string>> = {},
      value = 1,
      runId?: string,
    ): void => {
      observations.push({ ...owner, atMs, sessionId: sessionId(), runId, what, value, labels });
    };

    const spend = () => ({
      input: below(900),
      output: 1 + below(500),
      cache_read: below(9000),
      cache_creation: below(300),
      costNano: 1000 * (1 + below(900_000)),
    });
    type Spent = ReturnType<typeof spend>;
    const payloadOf = ({ costNano, ...tokens }: Spent, hasPrice = true) => ({
      ...Object.fromEntries(Object.entries(tokens).map(([type, count]) => [`${type}_tokens`, count])),
      ...(hasPrice ? { cost_usd: costNano / 1e9 } : {}),
    });
    const observeSpent = (
      { costNano, ...tokens }: Spent,
      model: string,
      labels: Record<string, string>,
      runId: string,
    ) => {
      for (const [type, count] of Object.entries(tokens))
        observe('tokens', { gen_ai_request_model: model, gen_ai_token_type: type }, count);
      if (model === UNPRICED) {
        observe('unpriced call', { gen_ai_request_model: model });
        observe('unpriced tokens', { gen_ai_request_model: model }, tokens.output);
      } else observe('cost', { gen_ai_request_model: model, ...labels }, costNano / 1e9, runId);
    };

    const callModel = (runId: string, requestId: string): void => {
      const model = random() < 0.1 ? UNPRICED : pick(MODELS);
      const subagent = random() < 0.3 ? pick(SUBAGENTS) : undefined;
      const by = {
        query_source: subagent === undefined ? 'main' : 'subagent',
        ...(subagent === undefined ? {} : { subagent, subagent_id: `${runId}-${subagent}` }),
        ...(random() < 0.2 ? { skill: 'release-notes' } : {}),
        ...(random() < 0.2 ? { mcp_server: 'web' } : {}),
        ...(random() < 0.5 ? { effort: pick(['low', 'high']) } : {}),
      };
      const errorType = random() < 0.15 ? pick(['429', '529']) : undefined;
      const spent = spend();
      const told = errorType === undefined ? payloadOf(spent, model !== UNPRICED) : { error_type: errorType };
      tell(
        'api.request',
        {
          request_id: requestId,
          model,
          duration_ms: 500 + below(4000),
          context_window_tokens: WINDOW_TOKENS,
          ...by,
          ...told,
        },
        { runId },
      );
      // As Loki names them; in Prometheus they are labels of cost and tokens.
      const labels = Object.fromEntries(
        Object.entries(by).flatMap(([key, value]) => [
          [key, value],
          [`agent_${key}`, value],
        ]),
      );
      const error: Record<string, string> = errorType === undefined ? {} : { error_type: errorType };
      observe('call', { gen_ai_request_model: model, ...labels, ...error }, 1, runId);
      if (errorType !== undefined) {
        observe('error', { agent_error_kind: 'call' });
        return;
      }
      observeSpent(spent, model, labels, runId);
      const size = spent.input + spent.cache_read + spent.cache_creation;
      observe('prompt size', { gen_ai_request_model: model, ...labels }, size, runId);
      observe('context share', { gen_ai_request_model: model }, size / WINDOW_TOKENS);
    };

    const useTool = (tool: string, runId: string, spanId: string): void => {
      const outcome = pick(TOOL_OUTCOMES);
      const ids = { runId, spanId };
      if (tellsCalls) {
        const isRefused = outcome === 'rejected';
        const decision = isRefused ? 'reject' : 'accept';
        const source = isRefused ? pick(['user_reject', 'hook']) : pick(['config', 'user_temporary']);
        tell('tool.decision', { tool_name: tool, decision, decision_source: source }, ids);
        const decided = { gen_ai_tool_name: tool, decision, decision_source: source };
        observe('decision', {
          ...decided,
          agent_decision: decision,
          agent_decision_source: source,
        });
        if (isRefused) {
          // What is refused never runs, and nobody tells that it ended.
          observe('tool', { gen_ai_tool_name: tool, agent_outcome: outcome });
          return;
        }
      }
      tell('span.start', { kind: 'tool', tool_name: tool }, ids);
      const durationMs = 5 + below(8000);
      const lines = tool === 'Edit' ? { lines_added: 1 + below(40), lines_removed: 1 + below(20) } : null;
      const file = tool === 'Edit' ? { file_operation: 'edit', ...lines } : {};
      tell(
        'span.end',
        { kind: 'tool', tool_name: tool, status: outcome, duration_ms: durationMs, ...file },
        ids,
      );
      const labels = { gen_ai_tool_name: tool, agent_outcome: outcome };
      observe('tool', labels);
      observe('tool ended', labels, 1, runId);
      observe('tool seconds', labels, durationMs / 1000);
      if (outcome === 'error') observe('error', { agent_error_kind: 'tool' });
      if (lines === null) return;
      observe('lines', { type: 'added' }, lines.lines_added);
      observe('lines', { type: 'removed' }, lines.lines_removed);
      if (outcome === 'success') observe('file operation', { operation: 'edit' });
    };

    /** What happens now and then in a run. */
    const chances: readonly [chance: number, act: (runId: string) => void][] = [
      [
        0.1,
        (runId) => {
          tell('error', { message: 'connection lost' }, { runId });
          observe('error', { agent_error_kind: 'event' });
        },
      ],
      [
        0.2,
        (runId) => {
          const sha = createHash('sha1').update(runId).digest('hex');
          tell('git.commit', { sha }, { runId });
          observe('commit');
        },
      ],
      [
        0.1,
        (runId) => {
          tell('git.pull_request', { url: `https://git.test/${name}/${index}/${events.length}` }, { runId });
          observe('pull request');
        },
      ],
      [
        0.15,
        (runId) => {
          const pre_tokens = 10_000 + below(5000);
          const post_tokens = 1000 + below(1000);
          const trigger = pick(['auto', 'manual']);
          tell('compaction', { trigger, pre_tokens, post_tokens }, { runId, spanId: `${runId}-compaction` });
          observe('compaction', { trigger });
          observe('tokens before compaction', {}, pre_tokens);
          observe('tokens after compaction', {}, post_tokens);
        },
      ],
      [
        0.3,
        (runId) => {
          const type = pick(['user', 'cli']);
          const duration_ms = 1000 * (1 + below(50));
          tell('active_time', { type, duration_ms }, { runId });
          observe('seconds at work', { type }, duration_ms / 1000);
        },
      ],
      [
        0.1,
        (runId) => {
          const modes = { from_mode: pick(MODES), to_mode: pick(MODES), trigger: 'shift_tab' };
          tell('mode.change', modes, { runId });
          observe('mode change', modes);
        },
      ],
      [
        0.1,
        (runId) => {
          const broken = { rule: pick(['deny.paths', 'max_repeats']), action: pick(['observe', 'deny']) };
          const tool = pick(TOOLS);
          tell('guardrail.violation', { ...broken, tool_name: tool }, { runId });
          observe('violation', { ...broken, agent_guardrail_rule: broken.rule, gen_ai_tool_name: tool });
        },
      ],
      [
        0.05,
        (runId) => {
          tell('refusal', { category: 'policy' }, { runId });
          observe('refusal');
        },
      ],
      [
        0.05,
        (runId) => {
          const score = 1 + below(5);
          const source = pick(['user', 'agent']);
          tell('feedback', { score, scale: 5, feedback_source: source }, { runId });
          observe('judgement', { agent_feedback_score: String(score), agent_feedback_source: source });
        },
      ],
      [
        0.2,
        (runId) => {
          const asked = { host: pick(['registry.test', 'paste.test']), decision: pick(['allow', 'deny']) };
          tell('egress.request', { ...asked, port: 443 }, { runId });
          observe('egress', asked);
        },
      ],
      [
        0.3,
        (runId) => {
          const file_path = pick(FILES);
          const tokens = { input_tokens: 1 + below(2000), output_tokens: 1 + below(300) };
          tell('token.attribution', { file_path, ...tokens }, { runId });
          observe('file tokens in', { file_path }, tokens.input_tokens);
          observe('file tokens out', { file_path }, tokens.output_tokens);
        },
      ],
    ];

    const workOff = (runId: string, tools: readonly string[]): void => {
      tell('run.start', {}, { runId });
      for (let call = 1 + below(3); call > 0; call--) {
        const spanId = `${runId}-${call}`;
        if (tellsCalls) callModel(runId, `request-${spanId}`);
        useTool(pick(tools), runId, spanId);
      }
      for (const [chance, act] of chances) if (random() < chance) act(runId);
      const outcome = pick(RUN_OUTCOMES);
      const model = pick(MODELS);
      const spent = spend();
      // Whole runs are told once more in a snapshot.
      const whole = tellsCalls ? {} : { model, usage: payloadOf(spent) };
      tell('run.end', { status: outcome, ...whole }, { runId });
      observe('run', { agent_outcome: outcome }, 1, runId);
      if (outcome === 'error') observe('error', { agent_error_kind: 'run' });
      if (tellsCalls) return;
      observeSpent(spent, model, {}, runId);
      tell('metric.snapshot', whole, { runId });
    };

    /** A while of work: one session, begun or gone on with. */
    const sit = (slot: number): void => {
      if (!open) {
        const parent = random() < 0.1 && session > 0 ? { parent_session_id: sessionId() } : null;
        session += 1;
        open = true;
        tell('session.start', { start_type: parent === null ? 'fresh' : 'subagent', ...parent });
        observe('session');
        if (parent !== null) observe('child session', parent);
      }
      const tools = slot >= options.newToolFrom ? [...TOOLS, 'WebSearch'] : TOOLS;
      for (let left = 1 + below(2); left > 0; left--) workOff(`${name}-run-${index}-${++run}`, tools);
      if (random() < 0.8) {
        tell('session.end', { reason: 'exit' });
        open = false;
      }
    };

    for (const slot of slots) {
      if (random() < 0.25) continue;
      const slotMs = startMs + slot * SLOT_MS;
      atMs = slotMs + Math.ceil(pace * below(10_000));
      for (let sittings = 1 + below(2); sittings > 0; sittings--) sit(slot);
      if (atMs > slotMs + BUSY_MS)
        throw new Error(`Slot ${slot} of ${owner.agent} is ${atMs - slotMs - BUSY_MS} ms too long`);
    }
  }
  return { events: events.toSorted((a, b) => a.tsMs - b.tsMs), observations };
}

/** Two workloads as one. */
export function together(one: Workload, other: Workload): Workload {
  return {
    events: [...one.events, ...other.events].toSorted((a, b) => a.tsMs - b.tsMs),
    observations: [...one.observations, ...other.observations],
  };
}
