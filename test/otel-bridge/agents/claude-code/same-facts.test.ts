import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../otel-bridge/domain/event.ts';
import type { UsagePayload } from '../../../../otel-bridge/domain/payload.ts';
import { createJournalCore } from '../../../../otel-bridge/journal/sqlite/journal-core.ts';
import { createPriceOf, priceOf } from '../../../../otel-bridge/pricing/price-of.ts';
import {
  CLAUDE_SCENARIOS,
  eventsOfExport,
  recordedExports,
  servedRequests,
  telemetryEvents,
  transcriptEvents,
} from '../../../helpers/claude-fixtures.ts';
import { JournalBench } from '../../../helpers/journal-bench.ts';
import { NO_TARGETS } from '../../../helpers/lane-targets.ts';

/** Recorded models that nobody has a price for. */
const UNPRICED = new Set(['made-up-model']);

/** Model calls that failed for good: they count, but cost nothing. */
const FAILED: Readonly<Record<string, number>> = { 'api-error': 1 };

/** Answers that broke off: all that anyone knows of them is their prompt and one token. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  'broken-stream': ['req_1_000001'],
  interrupted: ['req_1_000001'],
};

/** Calls that only transcripts tell of: a person interrupted the answer. */
const NOT_IN_TELEMETRY: Readonly<Record<string, readonly string[]>> = { interrupted: ['req_1_000001'] };

/**
 * Calls that neither a log record nor a line of a transcript tells of: the classifier of auto mode asks this model.
 * Only the session's own sum (`session.end`, `models`) holds them.
 */
const HIDDEN_MODEL: Readonly<Record<string, string>> = { 'auto-mode': 'claude-sonnet-5' };

interface Totals {
  requests: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheCreation: number;
}

/** What the model API served and a client can know, some requests left out. */
function servedTotals(scenario: string, without: readonly unknown[] = [], hidden = false): Totals {
  const broken = BROKEN[scenario] ?? [];
  const known = servedRequests(scenario)
    .filter(({ requestId, priced }) => priced || broken.includes(requestId))
    .filter(
      ({ requestId, model }) => !without.includes(requestId) && (hidden || model !== HIDDEN_MODEL[scenario]),
    );
  const sum = (pick: (request: (typeof known)[number]) => number) =>
    known.reduce((total, request) => total + pick(request), 0);
  return {
    requests: known.length + (FAILED[scenario] ?? 0),
    input: sum(({ usage }) => usage.input_tokens),
    output: sum(({ requestId, usage }) => (broken.includes(requestId) ? 1 : usage.output_tokens)),
    cacheRead: sum(({ usage }) => usage.cache_read_input_tokens),
    cacheCreation: sum(({ usage }) => usage.cache_creation_input_tokens),
  };
}

/**
 * What is known where transcripts are: the calls that they tell of, and with the sum at the end of each process the
 * tokens of all others. Of an answer that broke off the agent guesses the end.
 */
function summedTotals(
  scenario: string,
  transcripts: readonly AgentEvent[],
  without: readonly unknown[],
): Totals {
  const { requests } = servedTotals(scenario, without);
  if (BROKEN[scenario] === undefined) return { ...servedTotals(scenario, [], true), requests };
  const ends = transcripts.filter(({ payload }) => payload.models !== undefined);
  const last = Object.values(ends.at(-1)?.payload.models as Record<string, UsagePayload>);
  const sum = (pick: (usage: UsagePayload) => number | undefined) =>
    last.reduce((total, usage) => total + (pick(usage) ?? 0), 0);
  return {
    requests,
    input: sum((usage) => usage.input_tokens),
    output: sum((usage) => usage.output_tokens),
    cacheRead: sum((usage) => usage.cache_read_tokens),
    cacheCreation: sum((usage) => usage.cache_creation_tokens),
  };
}

/** What agents call the same thing by: the provider's request id, the model's tool-use id, the agent's prompt id. */
function identities(events: readonly AgentEvent[]) {
  const of = (type: string, identity: (event: AgentEvent) => unknown) =>
    [
      ...new Set(events.filter((event) => event.type === type).map((event) => String(identity(event)))),
    ].sort();
  const inSession = ({ correlation }: AgentEvent, id: unknown) => `${correlation.sessionId}/${String(id)}`;
  const rejected = events
    .filter(({ payload }) => payload.decision === 'reject')
    .map(({ payload }) => payload.tool_use_id);
  return {
    calls: of('api.request', ({ payload }) => payload.request_id),
    runs: of('prompt', (event) => inSession(event, event.correlation.runId)),
    decisions: of(
      'tool.decision',
      (event) => `${inSession(event, event.correlation.spanId)} ${event.payload.decision}`,
    ),
    // The telemetry of a rejected call has no result.
    tools: of(
      'span.end',
      // Transcripts tell of sub-agents by what they did.
      (event) =>
        event.payload.kind === 'subagent'
          ? ''
          : `${inSession(event, event.correlation.spanId)} ${event.payload.status}`,
    ).filter((tool) => tool !== '' && !rejected.some((id) => tool.includes(String(id)))),
  };
}

class PricedBench extends JournalBench {
  override open() {
    return createJournalCore({
      path: `${this.folder}/journal.db`,
      targets: { ...NO_TARGETS, metrics: ['store'] },
      now: () => this.nowMs,
      settings: {
        settleMs: 10_000,
        historyAfterMs: 86_400_000,
        idleEndMs: 1_800_000,
        rules: [],
        priceOf: createPriceOf({}),
      },
    });
  }

  totals(): Totals {
    const tokens = (type: string) => this.counter('agent.token.usage', { 'gen_ai.token.type': type });
    return {
      requests: this.counter('agent.api.request.count'),
      input: tokens('input'),
      output: tokens('output'),
      cacheRead: tokens('cache_read'),
      cacheCreation: tokens('cache_creation'),
    };
  }
}

let bench: PricedBench;
beforeEach(() => {
  bench = new PricedBench();
  bench.nowMs = Date.parse('2026-11-21T12:00:00Z');
});
afterEach(() => {
  bench[Symbol.dispose]();
});

describe.each(CLAUDE_SCENARIOS)('Claude Code, scenario %s', (scenario) => {
  const telemetry = telemetryEvents(scenario);
  const transcripts = transcriptEvents(scenario);
  const spans = recordedExports(scenario, 'traces').flatMap((request) => eventsOfExport('traces', request));
  const notInTelemetry = NOT_IN_TELEMETRY[scenario] ?? [];
  /** Titles, compaction, searches: no line of a transcript tells of these calls. */
  const notInTranscripts = telemetry
    .filter(({ payload }) => payload.query_source === 'auxiliary')
    .map(({ payload }) => payload.request_id);

  it('names the same facts alike in telemetry and transcripts', () => {
    const told = identities(telemetry);
    const read = identities(transcripts);
    expect(read.calls.filter((id) => !notInTelemetry.includes(id))).toEqual(
      told.calls.filter((id) => !notInTranscripts.includes(id)),
    );
    expect(read.runs).toEqual(told.runs);
    expect(read.decisions).toEqual(told.decisions);
    expect(read.tools).toEqual(told.tools);
  });

  it('gives different events different ids', () => {
    const all = [...telemetry, ...transcripts];
    const byId = Map.groupBy(all, ({ id }) => id);
    for (const [first, ...others] of byId.values()) for (const other of others) expect(other).toEqual(first);
  });

  it('counts what the model API served: telemetry', () => {
    bench.append(...telemetry);
    bench.pass(600_000);
    expect(bench.totals()).toEqual(servedTotals(scenario, notInTelemetry));
  });

  it.runIf(spans.length > 0)('counts what the model API served: telemetry and spans', () => {
    bench.append(...telemetry, ...spans);
    bench.pass(600_000);
    expect(bench.totals()).toEqual(servedTotals(scenario, notInTelemetry, true));
  });

  const orders: [string, () => AgentEvent[], readonly unknown[]][] = [
    ['telemetry before transcripts', () => [...telemetry, ...transcripts], []],
    ['transcripts before telemetry', () => [...transcripts, ...telemetry], []],
    ['transcripts', () => transcripts, notInTranscripts],
    ['transcripts, newest first', () => transcriptEvents(scenario, 'newest'), notInTranscripts],
  ];
  it.each(orders)('counts what the model API served: %s', (_name, events, without) => {
    bench.append(...events());
    bench.pass(600_000);
    expect(bench.totals()).toEqual(summedTotals(scenario, transcripts, without));
  });

  it('is priced to the nano-dollar as Claude Code itself does', () => {
    const told = new Map(
      telemetry
        .filter(({ type, payload }) => type === 'api.request' && payload.request_id !== undefined)
        .map(({ payload }) => [payload.request_id, payload]),
    );
    for (const { type, payload, tsMs } of transcripts) {
      const reported = told.get(payload.request_id)?.cost_usd;
      if (type !== 'api.request' || typeof reported !== 'number' || isEstimated(payload)) continue;
      const price = priceOf({
        model: String(payload.requested_model ?? payload.model),
        tsMs,
        usage: payload as UsagePayload,
        speed: payload.speed as string | undefined,
        inferenceGeo: payload.inference_geo as string | undefined,
      });
      expect(price, JSON.stringify(payload)).toEqual({ costNanoUsd: Math.round(reported * 1e9) });
    }
  });
});

describe('a session that goes on, and one that is forked', () => {
  const resumesOf = (events: readonly AgentEvent[]) => {
    using forked = new PricedBench();
    forked.append(...events);
    forked.pass(600_000);
    return [forked.counter('agent.session.count'), forked.counter('agent.session.resume.count')];
  };

  it.each([
    ['resume', [1, 1]],
    // Telemetry calls it a resume, but it has an id of its own.
    ['fork', [2, 0]],
  ])('is counted once each: %s', (scenario, expected) => {
    const telemetry = telemetryEvents(scenario);
    const transcripts = transcriptEvents(scenario);
    expect(resumesOf([...telemetry, ...transcripts])).toEqual(expected);
    expect(resumesOf([...transcripts, ...telemetry])).toEqual(expected);
    expect(resumesOf(transcripts)).toEqual(expected);
  });
});

/** A model without a price, and an answer that broke off, whose rest Claude Code guesses. */
function isEstimated(payload: AgentEvent['payload']): boolean {
  return UNPRICED.has(String(payload.model)) || payload.output_tokens === 1;
}
