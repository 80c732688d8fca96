import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../otel-bridge/domain/event.ts';
import { makeEvent, makeFact, makeRequest, makeSession } from '../../helpers/journal-fixture.ts';
import { startQueryServer, type TestQueryServer } from '../../helpers/query-server.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let api: TestQueryServer;
beforeEach(async () => {
  api = await startQueryServer({ clock: () => NOW });
});
afterEach(() => api[Symbol.asyncDispose]());

/** A session of two minutes with a run, a request, a failed tool and an open one. */
function fillOneSession(): void {
  const shared = { sessionId: 'agent:main:main', runId: 'r1' };
  api.journal.fill({
    sessions: [makeSession({ id: 'agent:main:main', startedMs: NOW - 2 * MINUTE_MS, lastMs: NOW })],
    facts: [
      makeFact({
        ...shared,
        key: 'p',
        kind: 'prompt',
        startMs: NOW - 9000,
        endMs: NOW - 9000,
        data: { length: 64 },
      }),
      makeFact({
        ...shared,
        key: 'r',
        kind: 'run',
        startMs: NOW - 8000,
        endMs: NOW - 1000,
        durationMs: 7000,
      }),
      makeRequest({ ...shared, key: 'a', startMs: NOW - 7000, endMs: NOW - 5000, costNanoUsd: 1_500 }),
      makeFact({
        ...shared,
        key: 't',
        kind: 'tool',
        name: 'Bash',
        startMs: NOW - 4000,
        endMs: NOW - 3000,
        durationMs: 1000.5,
        outcome: 'failure',
        data: { span_id: 'toolu_1', summary: 'npm\n test' },
      }),
      makeRequest({ ...shared, key: 'u', kind: 'usage', endMs: NOW - 1000, superseded: true }),
      makeFact({
        ...shared,
        key: 'o',
        kind: 'tool',
        name: 'Read',
        startMs: NOW - 2500,
        endMs: null,
        outcome: 'unknown',
        state: 'open',
      }),
    ],
    events: [
      makeEvent({
        id: 'e1',
        type: 'run.end',
        tsMs: NOW - 1000,
        correlation: { sessionId: 'agent:main:main', runId: 'r1' },
        payload: { status: 'success' },
      }),
    ],
  });
}

const USAGE = {
  runs: 1,
  tool_calls: 1,
  tasks: 1,
  tasks_failed: 0,
  lines_added: 0,
  lines_removed: 0,
  commits: 0,
  pull_requests: 0,
  errors: 1,
  input_tokens: 100,
  output_tokens: 20,
  cache_read_tokens: 3000,
  cache_creation_tokens: 50,
  cost_micro_usd: 2,
  cost_computed_micro_usd: 0,
  unpriced_requests: 0,
};

const SHARES = {
  cost_per_task_micro_usd: 2,
  cost_per_commit_micro_usd: null,
  cost_per_100_lines_micro_usd: null,
  tokens_per_task: 3170,
  tokens_per_commit: null,
  tokens_per_100_lines: null,
};

const DETAIL = {
  context: {
    used_tokens: 3150,
    peak_tokens: 3150,
    window_tokens: null,
    utilization: null,
    peak_utilization: null,
  },
  rate_limits: [],
  files: [],
  retries: 0,
  refusals: 0,
  compactions: 0,
  active_user_ms: 0,
  active_agent_ms: 0,
};

const SESSION = {
  session_id: 'agent:main:main',
  framework: 'claude-code',
  client_id: null,
  host: 'laptop',
  project: 'demo',
  agent: 'dev',
  repository: 'acme/demo',
  branch: 'main',
  cwd: '/home/dev/demo',
  model: 'claude-opus-5-5',
  state: 'running',
  start_type: 'fresh',
  started_at: '2026-11-21T09:58:00.000Z',
  last_event_at: '2026-11-21T10:00:00.000Z',
  ended_at: null,
  end_reason: null,
  ...USAGE,
};

const { runs: _, tasks: __, tasks_failed: ___, ...RUN_USAGE } = USAGE;
const RUN = {
  run_id: 'r1',
  session_id: 'agent:main:main',
  trace_id: null,
  started_at: '2026-11-21T09:59:52.000Z',
  ended_at: '2026-11-21T09:59:59.000Z',
  duration_ms: 7000,
  outcome: 'success',
  ...RUN_USAGE,
};

describe('sessions', () => {
  test('GET /v1/sessions lists them with what they used', async () => {
    fillOneSession();
    const { status, body } = await api.get('/v1/sessions?limit=5&framework=claude-code&host=laptop&from=1h');
    expect(status).toBe(200);
    expect(body).toEqual({ sessions: [SESSION], next_cursor: null });
  });

  test('GET /v1/sessions pages with next_cursor', async () => {
    api.journal.fill({ sessions: ['a', 'b', 'c'].map((id) => makeSession({ id, startedMs: NOW })) });
    const first = (await api.get('/v1/sessions?limit=2')).body as { sessions: object[]; next_cursor: string };
    const second = (await api.get(`/v1/sessions?limit=2&cursor=${first.next_cursor}`)).body;
    expect(first.sessions).toMatchObject([{ session_id: 'c' }, { session_id: 'b' }]);
    expect(second).toMatchObject({ sessions: [{ session_id: 'a' }], next_cursor: null });
  });

  test('GET /v1/sessions/{id} has the session and its runs', async () => {
    fillOneSession();
    const { body } = await api.get('/v1/sessions/agent%3Amain%3Amain');
    expect(body).toEqual({ session: { ...SESSION, ...DETAIL }, runs: [RUN] });
  });

  test('GET /v1/sessions/{id}/timeline tells what happened in order of time, each thing once', async () => {
    fillOneSession();
    const { body } = await api.get('/v1/sessions/agent:main:main/timeline');
    const line = {
      run_id: 'r1',
      span_id: null,
      parent_span_id: null,
      duration_ms: null,
      tokens: null,
      cost_micro_usd: null,
    };
    expect(body).toEqual({
      session: { ...SESSION, ...DETAIL },
      runs: [RUN],
      timeline: [
        {
          ...line,
          ts: '2026-11-21T09:59:51.000Z',
          kind: 'prompt',
          title: 'Prompt: 64 characters',
          outcome: 'success',
        },
        {
          ...line,
          ts: '2026-11-21T09:59:52.000Z',
          kind: 'run',
          title: 'Run',
          outcome: 'success',
          duration_ms: 7000,
        },
        {
          ...line,
          ts: '2026-11-21T09:59:53.000Z',
          kind: 'api',
          title: 'claude-opus-5-5',
          outcome: 'success',
          duration_ms: 1200,
          tokens: 3170,
          cost_micro_usd: 2,
        },
        {
          ...line,
          ts: '2026-11-21T09:59:56.000Z',
          kind: 'tool',
          title: 'Bash: npm test',
          outcome: 'failure',
          duration_ms: 1000.5,
          span_id: 'toolu_1',
        },
        { ...line, ts: '2026-11-21T09:59:57.500Z', kind: 'tool', title: 'Read', outcome: 'unknown' },
      ],
    });
  });

  test('a timeline tells what the session’s machine did meanwhile, and nothing of others or of other times', async () => {
    const startedMs = NOW - 600_000;
    const told = (type: string, tsMs: number, payload: JsonObject, host = 'zap', sessionId?: string) =>
      makeEvent({
        id: `${type}-${tsMs}-${host}`,
        type,
        tsMs,
        source: { framework: 'openclaw', host },
        correlation: sessionId === undefined ? {} : { sessionId },
        payload,
      });
    api.journal.fill({
      sessions: [makeSession({ id: 's', host: 'zap', startedMs, lastMs: NOW - 300_000 })],
      facts: [makeFact({ key: 't', kind: 'tool', name: 'Bash', sessionId: 's', endMs: startedMs + 5000 })],
      events: [
        told('vm.state_change', startedMs - 1, { name: 'zap', state: 'running' }),
        told('vm.state_change', startedMs + 1000, {
          from_state: 'running',
          state: 'crashed',
          reason: 'panicked',
        }),
        told('vm.issue', startedMs + 9000, {
          name: 'zap [claw]',
          issue: 'disk / nearly full',
          change: 'began',
        }),
        told('vm.issue', startedMs + 9500, { issue: 'disk / nearly full', change: 'ended' }),
        // As agentmon sends it: no host of ours, some name of its own.
        told(
          'openclaw.snapshot',
          startedMs + 9900,
          { instance: 'zap', state: 'running', gateway: 'down', issues: ['gateway down'] },
          'mac',
        ),
        told(
          'container.state_change',
          startedMs + 9950,
          { name: 'zap', from_state: 'running', state: 'exited' },
          'abc',
        ),
        // Told a round after the session fell silent.
        told('vm.state_change', NOW - 290_000, { name: 'zap', from_state: 'running', state: 'shutoff' }),
        told('vm.state_change', NOW - 200_000, { name: 'zap', from_state: 'shutoff', state: 'running' }),
        told('vm.issue', startedMs + 9000, { name: 'sun', issue: 'x', change: 'began' }, 'sun'),
        told('span.end', startedMs + 9000, { name: 'zap' }),
      ],
    });
    const { timeline } = (await api.get('/v1/sessions/s/timeline')).body as {
      timeline: { kind: string; title: string; outcome: string }[];
    };
    expect(timeline.map(({ kind, title, outcome }) => [kind, title, outcome])).toEqual([
      ['vm', 'zap: running to crashed (panicked)', 'unknown'],
      ['tool', 'Bash', 'success'],
      ['vm', 'zap [claw]: disk / nearly full', 'unknown'],
      ['vm', 'zap: disk / nearly full, no longer', 'unknown'],
      ['vm', 'zap: running, gateway down, gateway down', 'unknown'],
      ['container', 'zap: running to exited', 'unknown'],
      ['vm', 'zap: running to shutoff', 'unknown'],
    ]);
    const page = await (await fetch(`${api.url}/sessions/s`)).text();
    expect(page).toContain('zap: running to crashed (panicked)');
  });

  test('a session that said that it ended has a line for that, after everything else', async () => {
    const sessionId = 's';
    api.journal.fill({
      sessions: [makeSession({ id: sessionId, startedMs: NOW - 9000, lastMs: NOW, endedMs: NOW })],
      facts: [
        makeFact({
          key: 's',
          kind: 'session',
          sessionId,
          startMs: NOW - 9000,
          endMs: NOW,
          data: { reason: 'exit' },
        }),
        makeFact({ key: 't', kind: 'tool', name: 'Bash', sessionId, endMs: NOW - 5000 }),
      ],
    });
    const { timeline } = (await api.get('/v1/sessions/s/timeline')).body as { timeline: { title: string }[] };
    expect(timeline.map(({ title }) => title)).toEqual(['Session started', 'Bash', 'Session ended: exit']);
  });

  test('GET /v1/runs/{id} has the run and its spans with their payload', async () => {
    fillOneSession();
    const { body } = await api.get('/v1/runs/r1');
    expect(body).toMatchObject({
      run: RUN,
      spans: [
        { kind: 'prompt' },
        {
          kind: 'api',
          name: 'claude-opus-5-5',
          input_tokens: 100,
          cost_micro_usd: 2,
          cost_source: 'reported',
        },
        {
          kind: 'tool',
          name: 'Bash',
          span_id: 'toolu_1',
          payload: { summary: 'npm\n test' },
          input_tokens: null,
        },
        { kind: 'tool', name: 'Read', ended_at: null },
        { kind: 'usage', superseded: true },
      ],
    });
  });

  test.each(['/v1/sessions/none', '/v1/sessions/none/timeline', '/v1/runs/none'])(
    'GET %s answers 404 as a problem that names the id',
    async (path) => {
      const { status, body } = await api.get(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        status: 404,
        code: 'not_found',
        detail: expect.stringContaining('"none"'),
      });
    },
  );
});

test('GET /v1/events gives envelopes, the newest first', async () => {
  fillOneSession();
  const { body } = await api.get('/v1/events?event_type=run.end&framework=claude-code&limit=1');
  expect(body).toEqual({
    events: [
      {
        schema: { name: 'agentmon.event', version: 1 },
        event: {
          id: 'e1',
          type: 'run.end',
          ts: '2026-11-21T09:59:59.000Z',
          seq: null,
          source: { framework: 'claude-code', client_id: 'dev-1', host: 'laptop' },
        },
        correlation: {
          session_id: 'agent:main:main',
          run_id: 'r1',
          span_id: null,
          parent_span_id: null,
          trace_id: null,
        },
        attributes: {},
        payload: { status: 'success' },
        received_at: '2026-11-21T09:59:59.000Z',
        origin: 'ingest',
      },
    ],
  });
  expect((await api.get('/v1/events?event_type=error')).body).toEqual({ events: [] });
});

describe('statistics', () => {
  test('GET /v1/stats/summary has agentmon’s keys and today’s sums', async () => {
    fillOneSession();
    const { body } = await api.get('/v1/stats/summary');
    expect(body).toEqual({
      active_sessions: 1,
      runs_today: 1,
      tool_calls_today: 1,
      errors_today: 1,
      sessions_today: 1,
      tokens_today: 3170,
      cost_today: 0.000002,
      avg_duration_ms: 7000,
      today: { sessions: 1, ...USAGE },
      by_framework: { 'claude-code': { runs: 1, tools: 1, errors: 1 } },
      date: '2026-11-21',
      timezone: 'UTC',
      generated_at: '2026-11-21T10:00:00.000Z',
    });
  });

  test.each([
    ['', 61, '1m'],
    ['?window=6h', 73, '5m'],
    ['?window=24h', 97, '15m'],
    ['?window=7d', 169, '1h'],
    ['?window=1h&bucket=30m', 3, '30m'],
  ])('GET /v1/stats/timeseries%s has a bucket for every step', async (query, count, bucket) => {
    fillOneSession();
    api.journal.fill({ facts: [makeFact({ key: 'late', kind: 'run', endMs: NOW })] });
    const { body } = await api.get(`/v1/stats/timeseries${query}`);
    const { series } = body as { series: { runs: number; tools: number; errors: number }[] };
    expect(body).toMatchObject({ bucket });
    expect(Math.abs(series.length - count)).toBeLessThanOrEqual(1);
    expect(series.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThanOrEqual(1);
    expect(series.reduce((sum, { errors }) => sum + errors, 0)).toBe(1);
  });
});

describe('GET /v1/usage', () => {
  test('gives rows by day of the last 30 days unless told otherwise', async () => {
    fillOneSession();
    const { body } = await api.get('/v1/usage');
    expect(body).toEqual({
      since: '2026-10-22T00:00:00.000Z',
      until: null,
      timezone: 'UTC',
      by: ['day'],
      rows: [{ key: { day: '2026-11-21' }, sessions: 1, ...USAGE, ...SHARES }],
      total: { sessions: 1, ...USAGE, ...SHARES },
      flat_rate: [],
    });
  });

  test('groups, filters and cuts days as asked', async () => {
    fillOneSession();
    api.journal.fill({
      sessions: [makeSession({ id: 'x', startedMs: NOW, project: 'shop' })],
      facts: [makeRequest({ key: 'x', sessionId: 'x', endMs: NOW - 16 * 60 * MINUTE_MS })],
    });
    const query = 'by=project,day,model&since=2026-11-01&until=2026-11-21&tz=Asia/Kolkata&agent=dev';
    const { body } = await api.get(`/v1/usage?${query}&project=shop`);
    expect(body).toMatchObject({
      since: '2026-10-31T18:30:00.000Z',
      until: '2026-11-21T18:30:00.000Z',
      rows: [
        { key: { project: 'shop', day: '2026-11-20', model: 'claude-opus-5-5' }, cost_micro_usd: 12_346 },
      ],
      total: { cost_micro_usd: 12_346 },
    });
    const all = (await api.get(`/v1/usage?${query}`)).body as { rows: { key: object }[] };
    expect(all.rows.map(({ key }) => Object.values(key))).toEqual([
      ['shop', '2026-11-20', 'claude-opus-5-5'],
      ['demo', '2026-11-21', 'claude-opus-5-5'],
      ['demo', '2026-11-21', null],
    ]);
  });

  test('rounds a sum once, half up, and tells a cost that is not known as null', async () => {
    api.journal.fill({
      facts: [
        makeRequest({ key: 'a', endMs: NOW, costNanoUsd: 300, name: 'm' }),
        makeRequest({ key: 'b', endMs: NOW, costNanoUsd: 200, name: 'm' }),
        makeRequest({ key: 'c', endMs: NOW, costNanoUsd: null, costSource: null, name: 'homegrown' }),
      ],
    });
    const { body } = await api.get('/v1/usage?by=model');
    expect(body).toMatchObject({
      rows: [
        { key: { model: 'm' }, cost_micro_usd: 1, unpriced_requests: 0 },
        { key: { model: 'homegrown' }, cost_micro_usd: null, unpriced_requests: 1 },
      ],
      total: { cost_micro_usd: 1, unpriced_requests: 1 },
    });
  });
});

test('GET /v1/tools tells calls per tool and what is open', async () => {
  fillOneSession();
  const { body } = await api.get('/v1/tools?since=1d&project=demo');
  expect(body).toMatchObject({
    open: [
      {
        tool: 'Read',
        session_id: 'agent:main:main',
        run_id: 'r1',
        project: 'demo',
        agent: 'dev',
        started_at: '2026-11-21T09:59:57.500Z',
        age_ms: 2500,
      },
    ],
    tools: [{ tool: 'Bash', calls: 1, errors: 1, total_duration_ms: 1000.5, max_duration_ms: 1000.5 }],
  });
  expect((await api.get('/v1/tools?project=shop')).body).toMatchObject({ open: [], tools: [] });
});

test('GET /v1/prices names the models that have none', async () => {
  api.journal.fill({ facts: [makeRequest({ key: 'c', endMs: NOW, costNanoUsd: null, name: 'homegrown' })] });
  expect((await api.get('/v1/prices')).body).toEqual({
    since: '2026-10-22T00:00:00.000Z',
    unpriced: [{ model: 'homegrown', requests: 1, tokens: 3170 }],
    overrides: {},
  });
});

test('GET /v1/status joins what the journal knows with what the service knows', async () => {
  await using live = await startQueryServer({
    clock: () => NOW,
    status: () => ({
      import: {
        state: 'running',
        filesTotal: 80,
        filesDone: 31,
        events: 12,
        sessions: 2,
        oldestMs: NOW - DAY_MS,
        newestMs: null,
      },
      delivery: [
        {
          target: 'collector',
          lane: 'logs',
          state: 'retrying',
          lagRecords: 4,
          lastSuccessMs: NOW,
          lastError: 'refused',
          refusedRecords: 0,
        },
      ],
      signals: [
        {
          framework: 'claude-code',
          project: 'demo',
          agent: 'dev',
          lastMetricMs: NOW,
          lastLogMs: null,
          lastSpanMs: null,
        },
      ],
    }),
  });
  live.journal.fill({ sessions: [makeSession({ id: 's', startedMs: NOW - DAY_MS, lastMs: NOW - 5 })] });
  const { body } = await live.get('/v1/status');
  expect(body).toEqual({
    import: {
      state: 'running',
      files_total: 80,
      files_done: 31,
      events: 12,
      sessions: 2,
      oldest: '2026-11-20T10:00:00.000Z',
      newest: null,
    },
    agents: [
      {
        framework: 'claude-code',
        project: 'demo',
        agent: 'dev',
        last_event_at: '2026-11-21T09:59:59.995Z',
        last_metric_at: '2026-11-21T10:00:00.000Z',
        last_log_at: null,
        last_span_at: null,
        sessions_24h: 1,
      },
    ],
    delivery: [
      {
        target: 'collector',
        lane: 'logs',
        state: 'retrying',
        lag_records: 4,
        last_success_at: '2026-11-21T10:00:00.000Z',
        last_error: 'refused',
        refused_records: 0,
      },
    ],
    journal: {
      events: 0,
      sessions: 1,
      outbox: 0,
      unprojected_events: 0,
      problem: null,
      quarantined: [],
      pending_facts: 0,
      facts_corrected: 0,
      warnings: [],
      dead_letters: 0,
      size_bytes: expect.any(Number),
      oldest_event_at: null,
      newest_event_at: null,
    },
  });
});

describe('wrong requests', () => {
  test.each([
    [
      '/v1/events?limit=abc',
      'Cannot read parameter "limit": found "abc", wanted a whole number from 1 to 1000',
    ],
    ['/v1/events?limit=1001', 'found "1001", wanted a whole number from 1 to 1000'],
    ['/v1/events?limit=1&limit=2', 'found several values, wanted a whole number'],
    ['/v1/events?framework=', 'Cannot read parameter "framework": found "", wanted a text'],
    ['/v1/events?type=error', 'Cannot read parameter "type": no such parameter, known here: event_type'],
    ['/v1/usage?by=dya', 'found "dya", wanted a comma-separated list of day, week'],
    ['/v1/usage?by=day,day', 'found "day,day", wanted a comma-separated list'],
    ['/v1/usage?tz=Mars/Olympus', 'found "Mars/Olympus", wanted the IANA name of a time zone'],
    ['/v1/usage?since=soon', 'Cannot read parameter "since": found "soon", wanted a length of time'],
    ['/v1/sessions?to=soon', 'Cannot read parameter "to"'],
    ['/v1/sessions?cursor=soon', 'Cannot read parameter "cursor"'],
    ['/v1/stats/timeseries?window=2h', 'found "2h", wanted one of 1h, 6h, 24h, 7d'],
    ['/v1/stats/timeseries?window=7d&bucket=1s', 'Cannot read parameter "bucket": found "1s"'],
    ['/v1/stats/timeseries?bucket=0m', 'Cannot read parameter "bucket": found "0m"'],
    ['/login', 'Cannot read parameter "token": found nothing, wanted a token'],
    ['/login?token=a&next=//evil.example', 'Cannot read parameter "next"'],
  ])('%s answers 400 and says why', async (path, detail) => {
    const response = await fetch(`${api.url}${path}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 400, detail: expect.stringContaining(detail) });
  });

  test('unknown routes and methods answer 404 as problems', async () => {
    expect(await api.get('/v2/none')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const headers = { 'x-agent-monitor-cli': '1' };
    const response = await fetch(`${api.url}/v1/events`, { method: 'POST', body: '[]', headers });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('a path that cannot be decoded answers 400', async () => {
    expect(await api.get('/v1/sessions/%E0%A4%A')).toMatchObject({ status: 400 });
  });

  test('a failure of ours answers 500, is logged once and tells nothing of our inside', async () => {
    api.journal.exec('DROP TABLE events');
    const { status, body } = await api.get('/v1/events');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('events"');
    expect(body).toMatchObject({ code: 'internal' });
    expect(api.logged).toHaveLength(1);
  });
});

describe('GET /v1/guardrails', () => {
  test('says what was violated, what the rules are and what a session used up of them', async () => {
    fillOneSession();
    api.journal.fill({
      sessions: [],
      facts: [],
      events: [
        makeEvent({
          id: 'v1',
          type: 'guardrail.violation',
          tsMs: NOW,
          correlation: { sessionId: 'agent:main:main', runId: 'r1' },
          payload: { rule: 'max_tokens_per_task', action: 'observed' },
        }),
      ],
    });
    const { body } = await api.get('/v1/guardrails?session_id=agent%3Amain%3Amain');
    expect(body).toMatchObject({
      violations: [{ event: { id: 'v1' }, payload: { rule: 'max_tokens_per_task' } }],
      rules: { mode: 'observe', max_tokens_per_task: null, deny: { commands: [] } },
      // Input, output and cache creation of the run's request; usage told again is left out.
      load: { run_id: 'r1', tokens: 170, cost_micro_usd: 2, failures_in_row: 1, file_operations: 0 },
    });
    expect(await api.get('/v1/guardrails')).toMatchObject({
      body: { violations: [{ event: { id: 'v1' } }], rules: null, load: null },
    });
    expect(await api.get('/v1/guardrails?session_id=none')).toMatchObject({ status: 404 });
  });
});
