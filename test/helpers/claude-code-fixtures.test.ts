/**
 * What the recorded sessions prove about Claude Code. An adapter may rely on what stands here; when a new
 * version is recorded and a test fails, that is what changed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ServedRequest } from './model-api.ts';
import { type FlatLogRecord, flattenLogs } from './otlp-recorder.ts';

const ROOT = join(import.meta.dirname, '..', 'fixtures', 'claude-code');
const SCENARIOS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  cache_creation?: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
  server_tool_use?: { web_search_requests: number };
  speed?: string;
  inference_geo?: string;
}

interface Line {
  type: string;
  uuid?: string;
  sessionId: string;
  requestSessionId?: string;
  requestId?: string;
  requestedModel?: string;
  agentId?: string;
  totalCostUSD?: number;
  message?: { id: string; model: string; stop_reason: string | null; usage: Usage; content: unknown };
}

interface Recording {
  requests: ServedRequest[];
  logs: FlatLogRecord[];
  /** Exact cost of the metrics, summed over the delta points of each session. */
  metricCost: Map<string, number>;
  lines: Line[];
  /** Assistant messages of the transcripts, once each, last line wins, without synthetic ones. */
  messages: Map<string, Line & Required<Pick<Line, 'message'>>>;
}

function load(scenario: string): Recording {
  const folder = join(ROOT, scenario);
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const lines = readdirSync(join(folder, 'transcript'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jsonl'))
    .flatMap((path) =>
      readFileSync(join(folder, 'transcript', path), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as Line);
  const messages: Recording['messages'] = new Map();
  for (const line of lines) {
    const { type, message } = line;
    if (
      type === 'assistant' &&
      message &&
      message.model !== '<synthetic>' &&
      message.usage.input_tokens > 0
    ) {
      messages.set(message.id, { ...line, message });
    }
  }
  return {
    requests: read('truth.json').requests,
    logs: (read('otlp-logs.json') as unknown[]).flatMap(flattenLogs),
    metricCost: sumCost(read('otlp-metrics.json')),
    lines,
    messages,
  };
}

interface MetricsRequest {
  resourceMetrics: {
    scopeMetrics: {
      metrics: {
        name: string;
        sum: {
          dataPoints: { asDouble?: number; attributes: { key: string; value: { stringValue: string } }[] }[];
        };
      }[];
    }[];
  }[];
}

function sumCost(requests: MetricsRequest[]): Map<string, number> {
  const cost = new Map<string, number>();
  for (const { resourceMetrics } of requests) {
    const metrics = resourceMetrics.flatMap((r) => r.scopeMetrics.flatMap((s) => s.metrics));
    for (const { sum } of metrics.filter((metric) => metric.name === 'claude_code.cost.usage')) {
      for (const { asDouble = 0, attributes } of sum.dataPoints) {
        const session = attributes.find(({ key }) => key === 'session.id')?.value.stringValue ?? '';
        cost.set(session, (cost.get(session) ?? 0) + asDouble);
      }
    }
  }
  return cost;
}

function named({ logs }: Recording, name: string): FlatLogRecord[] {
  return logs.filter((record) => record.attributes['event.name'] === name);
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

interface Price {
  input: number;
  output: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
  fast?: Price;
  long_prompt?: Price & { above_prompt_tokens: number };
}

const prices = JSON.parse(readFileSync(join(ROOT, 'prices.json'), 'utf8')) as {
  web_search_each: number;
  inference_geo_us_factor: number;
  unknown_model_priced_as: string;
  models: Record<string, Price>;
};

const unlisted = prices.models[prices.unknown_model_priced_as] as Price;

/** Claude Code's own formula, measured; see the README beside the fixtures. */
function costOf(model: string, usage: Usage): number {
  const listed = prices.models[model.replace(/-\d{8}$/, '')];
  // A model that is not listed has one price only, whatever the speed.
  const tier = (usage.speed === 'fast' ? listed?.fast : undefined) ?? listed ?? unlisted;
  const prompt = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  const long = tier.long_prompt;
  const price = long !== undefined && prompt > long.above_prompt_tokens ? long : tier;
  const oneHour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  const tokens =
    usage.input_tokens * price.input +
    usage.output_tokens * price.output +
    usage.cache_read_input_tokens * price.cache_read +
    (usage.cache_creation_input_tokens - oneHour) * price.cache_write_5m +
    oneHour * price.cache_write_1h;
  const factor = usage.inference_geo === 'us' ? prices.inference_geo_us_factor : 1;
  return (tokens / 1e6) * factor + (usage.server_tool_use?.web_search_requests ?? 0) * prices.web_search_each;
}

/** Requests that one of the two sources does not know, by number of the request. */
const UNSEEN: Record<string, { byLogs?: number[]; byTranscripts?: number[] }> = {
  interactive: { byTranscripts: [0, 3, 4, 6] },
  'hooks-interactive': { byTranscripts: [0, 3, 4, 6] },
  interrupted: { byLogs: [0] },
  'auto-mode': { byLogs: [2], byTranscripts: [0, 2] },
  'web-search': { byTranscripts: [1] },
};

describe.each(SCENARIOS)('Claude Code, recorded: %s', (scenario) => {
  const recording = load(scenario);
  const { requests, messages, lines, logs, metricCost } = recording;
  const { byLogs = [], byTranscripts = [] } = UNSEEN[scenario] ?? {};
  const apiRequests = named(recording, 'api_request');
  const answered = requests.filter((request) => request.messageId !== '');

  test('telemetry has every answered request but these, once each', () => {
    const expected = answered.filter(({ index }) => !byLogs.includes(index));
    expect(apiRequests).toHaveLength(expected.length);
    if (answered.every((request) => request.requestIdSent)) {
      const ids = apiRequests.map(({ attributes }) => attributes.request_id);
      expect(new Set(ids)).toEqual(new Set(expected.map((request) => request.requestId)));
    }
  });

  test('transcripts have every answered request but these; usage is whole on each line', () => {
    const expected = answered.filter(({ index }) => !byTranscripts.includes(index));
    expect([...messages.keys()].sort()).toEqual(expected.map((request) => request.messageId).sort());
    for (const { index, messageId, usage, priced, requestId, requestIdSent } of expected) {
      if (!priced) continue;
      for (const line of lines.filter(({ message }) => message?.id === messageId)) {
        expect(line.message?.usage, `request ${index}`).toMatchObject({ ...usage });
        expect(line.requestId).toBe(requestIdSent ? requestId : undefined);
      }
    }
  });

  test('cost by list price of the transcript equals what telemetry reports', () => {
    for (const { requestId, requestedModel, message } of messages.values()) {
      const record = apiRequests.find(({ attributes }) => attributes.request_id === requestId);
      if (requestId === undefined || record === undefined || scenario === 'broken-stream') continue;
      expect(record.attributes.model).toBe(message.model);
      expect(record.attributes.cost_usd).toBeCloseTo(
        costOf(requestedModel ?? message.model, message.usage),
        12,
      );
    }
  });

  test('metrics add up to what the last cost-state line of each session added', () => {
    const states = lines.filter((line) => line.type === 'cost-state');
    const total = Math.max(...states.map((line) => line.totalCostUSD ?? 0));
    const perSession = new Map(states.map((line) => [line.sessionId, line.totalCostUSD ?? 0]));
    // A resumed or forked session goes on counting from where the one before had ended.
    const expected = scenario === 'fork' ? total : sum(perSession.values());
    expect(sum(metricCost.values())).toBeCloseTo(expected, 12);
  });

  test('the time of a record is that of its event, give or take a millisecond', () => {
    for (const { timeUnixNano, observedTimeUnixNano, attributes } of logs) {
      const eventMs = Date.parse(String(attributes['event.timestamp']));
      expect(observedTimeUnixNano).toBe(timeUnixNano);
      expect(timeUnixNano).toMatch(/000000$/);
      expect(Math.abs(Number(BigInt(timeUnixNano) / 1_000_000n) - eventMs)).toBeLessThanOrEqual(2);
      expect(typeof attributes['event.sequence']).toBe('number');
    }
  });
});

describe('Claude Code, recorded', () => {
  test('without request ids, a text joins by the last line of its message, and token counts join the rest', () => {
    for (const scenario of ['no-request-id', 'no-request-id-silent']) {
      const recording = load(scenario);
      const key = (u: Usage) => `${u.input_tokens} ${u.output_tokens} ${u.cache_read_input_tokens}`;
      const byTokens = new Map(
        [...recording.messages.values()].map((line) => [key(line.message.usage), line]),
      );
      for (const [i, { attributes }] of recording.logs.entries()) {
        if (attributes['event.name'] !== 'api_request') continue;
        const joined = byTokens.get(
          `${attributes.input_tokens} ${attributes.output_tokens} ${attributes.cache_read_tokens}`,
        );
        expect(attributes).not.toHaveProperty('request_id');
        expect(joined).toBeDefined();
        const next = recording.logs[i + 1]?.attributes;
        if (next?.['event.name'] === 'assistant_response') expect(next['message.uuid']).toBe(joined?.uuid);
        else expect(scenario).toBe('no-request-id-silent');
      }
    }
  });

  test('a fork copies the messages of its parent and marks them with the session that paid', () => {
    const { lines, requests } = load('fork');
    const copies = lines.filter((line) => line.requestSessionId !== undefined);
    expect(new Set(copies.map((line) => line.message?.id))).toEqual(
      new Set(['msg_1_000001', 'msg_1_000002']),
    );
    for (const copy of copies) {
      expect(copy.requestSessionId).toBe(requests[0]?.sessionId);
      expect(copy.sessionId).toBe(requests[2]?.sessionId);
    }
  });

  test('a sub-agent shares session and prompt; its agent id is the name of its transcript', () => {
    const recording = load('subagent');
    const own = named(recording, 'api_request').filter(({ attributes }) => attributes.agent_id !== undefined);
    const prompts = new Set(recording.logs.map(({ attributes }) => attributes['prompt.id']));
    prompts.delete(undefined);
    expect(own).toHaveLength(2);
    expect(prompts.size).toBe(1);
    const [agentId] = new Set(own.map(({ attributes }) => attributes.agent_id));
    const sidechain = recording.lines.filter((line) => line.agentId === agentId);
    expect(new Set(sidechain.map((line) => line.sessionId))).toEqual(
      new Set(own.map(({ attributes }) => attributes['session.id'])),
    );
  });

  test('a denied call has a decision and no result', () => {
    const recording = load('denied-tool');
    expect(named(recording, 'tool_decision').map(({ attributes }) => attributes.decision)).toEqual([
      'reject',
    ]);
    expect(named(recording, 'tool_result')).toEqual([]);
  });

  test('six refusals are one error; repeated requests leave none', () => {
    expect(named(load('api-error'), 'api_error')).toHaveLength(1);
    expect(named(load('api-retry'), 'api_error')).toEqual([]);
  });
});
