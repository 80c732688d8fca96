import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureClaudeCode, runClaude } from '../helpers/claude-code.ts';
import { startModelApi } from '../helpers/model-api.ts';
import { type InstalledMonitor, installMonitor, runProgram } from '../helpers/monitor.ts';
import { type RunningStack, sendHeaders, startStack, testImages } from '../helpers/stack.ts';
import { waitUntil } from '../helpers/wait-until.ts';

const VISIBLE_MS = 25_000;
const SETTLED_MS = 20_000;

let monitor: InstalledMonitor;
let stack: RunningStack;
const startMs = Date.now() - 60_000;

beforeAll(async () => {
  await ensureClaudeCode();
  monitor = await installMonitor();
  stack = await startStack(monitor);
  expect(stack.up.exitCode, stack.up.stdout + stack.up.stderr).toBe(0);
}, 300_000);
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await monitor?.[Symbol.asyncDispose]();
}, 120_000);

/** Runs a script in a container that was started with what `monitor env --format docker` prints. */
async function inAgentContainer(script: string): Promise<string> {
  const printed = await stack.monitor(
    'env',
    'claude-code',
    '--project',
    'boxed',
    '--agent-name',
    'crate',
    '--format',
    'docker',
  );
  const image = testImages().bridge ?? '';
  const command = `docker run --rm ${printed.trim()} ${image} node -e "$SCRIPT"`;
  const result = await runProgram('bash', ['-c', command], { env: { ...process.env, SCRIPT: script } });
  if (result.exitCode !== 0) throw new Error(`${command}: ${result.stdout}${result.stderr}`);
  return result.stdout;
}

describe('a container with what `monitor env --format docker` prints', () => {
  it("reaches the bridge by name, under its token's project and agent, whatever it claims", async () => {
    const script = `
      const env = process.env;
      const headers = { 'content-type': 'application/json' };
      for (const pair of (env.OTEL_EXPORTER_OTLP_HEADERS ?? '').split(',')) {
        const at = pair.indexOf('=');
        headers[pair.slice(0, at)] = pair.slice(at + 1);
      }
      const text = (key, value) => ({ key, value: { stringValue: value } });
      fetch(env.OTEL_EXPORTER_OTLP_ENDPOINT + '/v1/logs', { method: 'POST', headers, body: JSON.stringify({
        resourceLogs: [{
          resource: { attributes: [text('service.name', 'claude-code'), text('project', 'stolen'), text('agent', 'thief')] },
          scopeLogs: [{ logRecords: [{
            timeUnixNano: Date.now() + '000000',
            body: { stringValue: 'claude_code.api_request' },
            attributes: [text('event.name', 'api_request'), text('session.id', 'boxed-session'), text('model', 'claude-opus-5-5'),
              text('request_id', 'boxed-request'), text('project', 'stolen'), text('input_tokens', '7'), text('cost_usd', '0.5')],
          }] }],
        }],
      }) }).then((response) => console.log(response.status));`;
    expect((await inAgentContainer(script)).trim()).toBe('200');
    const raw = await waitUntil(
      () => stack.loki('{service_name="claude-code"} | session_id="boxed-session"', startMs),
      (entries) => entries.length > 0,
      VISIBLE_MS,
    );
    expect(raw[0]?.labels).toMatchObject({ project: 'boxed', agent: 'crate' });
    const [cost] = await waitUntil(
      () => stack.prometheus('agent_cost_usage_USD_total'),
      // A series is born with a stored 0.
      ([sample]) => (sample?.value ?? 0) > 0,
      VISIBLE_MS,
    );
    expect(cost).toMatchObject({ labels: { project: 'boxed', agent: 'crate' }, value: 0.5 });
    expect(await stack.loki('{project="stolen"}', startMs)).toEqual([]);
  });

  it('reads nothing, and reaches no other part of the stack', async () => {
    const { ui, prometheus, loki, jaeger, grafana } = stack.ports;
    const targets = {
      query: `http://agent-monitor:${ui}/v1/sessions`,
      collector: 'http://otel-collector:4318/v1/logs',
      prometheus: `http://prometheus:${prometheus}/-/ready`,
      loki: `http://loki:${loki}/ready`,
      jaeger: `http://jaeger:${jaeger}/`,
      grafana: `http://grafana:${grafana}/`,
    };
    const script = `
      const headers = Object.fromEntries([(process.env.OTEL_EXPORTER_OTLP_HEADERS ?? '').split('=')].map(([k, ...v]) => [k, v.join('=')]));
      Promise.all(Object.entries(${JSON.stringify(targets)}).map(async ([name, url]) => {
        try { return [name, (await fetch(url, { headers, signal: AbortSignal.timeout(4000) })).status]; }
        catch { return [name, 'unreachable']; }
      })).then((found) => console.log(JSON.stringify(Object.fromEntries(found))));`;
    expect(JSON.parse(await inAgentContainer(script))).toEqual({
      query: 401,
      collector: 'unreachable',
      prometheus: 'unreachable',
      loki: 'unreachable',
      jaeger: 'unreachable',
      grafana: 'unreachable',
    });
  });
});

/** Claude Code's metrics with their units, and what they are called in Prometheus, where community dashboards ask for them. */
const OWN_METRICS = {
  'claude_code.session.count': ['', 'claude_code_session_count_total'],
  'claude_code.lines_of_code.count': ['', 'claude_code_lines_of_code_count_total'],
  'claude_code.pull_request.count': ['', 'claude_code_pull_request_count_total'],
  'claude_code.commit.count': ['', 'claude_code_commit_count_total'],
  'claude_code.cost.usage': ['USD', 'claude_code_cost_usage_USD_total'],
  'claude_code.token.usage': ['tokens', 'claude_code_token_usage_tokens_total'],
  'claude_code.code_edit_tool.decision': ['', 'claude_code_code_edit_tool_decision_total'],
  'claude_code.active_time.total': ['s', 'claude_code_active_time_seconds_total'],
} as const;

it("Claude Code's own metrics are served under the names that grafana.com's dashboards 25255 and 24993 ask for", async () => {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const attributes = Object.entries({
    'session.id': 'community',
    model: 'claude-opus-5-5',
    type: 'input',
    query_source: 'main',
    'terminal.type': 'vscode',
  }).map(([key, value]) => text(key, value));
  const timeUnixNano = `${Date.now()}000000`;
  const startTimeUnixNano = `${Date.now() - 10_000}000000`;
  const metrics = Object.entries(OWN_METRICS).map(([name, [unit]]) => ({
    name,
    unit,
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [{ asDouble: 3, attributes, startTimeUnixNano, timeUnixNano }],
    },
  }));
  const resource = { attributes: [text('service.name', 'claude-code'), text('service.version', '2.1.0')] };
  const response = await fetch(`http://127.0.0.1:${stack.ports.otlp_http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...sendHeaders(await stack.claudeEnv('own', 'dev')) },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  });
  expect(response.status).toBe(200);
  const names = Object.values(OWN_METRICS).map(([, name]) => name);
  const served = await waitUntil(
    () => stack.prometheus('{__name__=~"claude_code_.+", session_id="community"}'),
    (samples) => samples.length >= names.length,
    // The Collector's page is read every ten seconds.
    VISIBLE_MS,
  );
  expect(served.map(({ labels }) => labels.__name__).toSorted()).toEqual(names.toSorted());
  for (const { labels, value } of served) {
    expect(value).toBe(3);
    expect(labels).toMatchObject({
      ...{ project: 'own', agent: 'dev', model: 'claude-opus-5-5', type: 'input' },
      ...{ query_source: 'main', terminal_type: 'vscode' },
    });
  }
});

/** Secrets of twenty kinds as people paste them, each with a mark that nothing else holds. */
function canaries(): string[] {
  const mark = (index: number): string => `CANARY${index}x${'q7Zk2Rw9Tb4Lm8Np'.slice(0, 12)}`;
  const shapes: ((mark: string) => string)[] = [
    (m) => `sk-ant-api03-${m}${m}${m}`,
    (m) => `sk-proj-${m}${m}${m}`,
    (m) => `ghp_${m}${m}`.slice(0, 40),
    (m) => `github_pat_11${m}${m}${m}`,
    (m) => `glpat-${m}${m}`,
    (m) => `xoxb-123456789012-${m}`,
    (m) => `AIza${m}${m}${m}`.slice(0, 39),
    (m) => `npm_${m}${m}`.slice(0, 40),
    (m) => `hf_${m}${m}`.slice(0, 37),
    (m) => `password=${m}`,
    (m) => `API_KEY="${m}"`,
    (m) => `{"client_secret":"${m}"}`,
    (m) => `Authorization: Bearer ${m}${m}`,
    (m) => `https://user:${m}@example.com/repo.git`,
    (m) => `postgres://admin:${m}@db.example.com/app`,
    (m) => `${m}@mail.example.com`,
    (m) => `--token ${m}`,
    (m) => `AWS_SECRET_ACCESS_KEY=${m}${m}`,
    (m) => `-----BEGIN RSA PRIVATE KEY-----\n${m}${m}\n-----END RSA PRIVATE KEY-----`,
    (m) => `my private prompt says ${m}`,
  ];
  return shapes.map((shape, index) => shape(mark(index)));
}

/** Everything that the stores and the journal hold, as text. */
async function everythingStored(): Promise<string> {
  const lokiEntries = await stack.loki('{service_name=~".+"}', startMs);
  const series = await stack.prometheus('{__name__=~".+"}');
  const traces = (
    await Promise.all(['claude-code', 'agent-monitor'].map((service) => stack.jaeger(service)))
  ).flat();
  const folder = join(stack.home.home, '.local/share/agent-monitor/bridge');
  const files = (await readdir(folder)).map((name) => readFileSync(join(folder, name), 'latin1'));
  return [
    ...lokiEntries.map(({ line, labels }) => `${line}${JSON.stringify(labels)}`),
    JSON.stringify(series),
    JSON.stringify(traces),
    ...files,
  ].join('\n');
}

describe('secrets and prompts in real telemetry with everything switched on at the sender', () => {
  it('are in no store and not in the journal', async () => {
    await using api = await startModelApi();
    const secrets = canaries();
    const env = await stack.claudeEnv('secret', 'keeper');
    const run = await runClaude({
      prompt: `[bash echo '${secrets.slice(0, 18).join(' ').replaceAll("'", '')}'] ${secrets.join(' ')}`,
      home: stack.home.home,
      cwd: join(stack.home.home, 'work/secret'),
      modelUrl: api.url,
      env: {
        ...env,
        CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_LOG_USER_PROMPTS: '1',
        OTEL_LOG_ASSISTANT_RESPONSES: '1',
        OTEL_LOG_TOOL_DETAILS: '1',
        OTEL_LOG_TOOL_CONTENT: '1',
      },
    });
    expect(run.exitCode, run.stderr).toBe(0);
    await waitUntil(
      () => stack.loki('{service_name="claude-code", project="secret"}', startMs),
      (entries) => entries.some(({ line }) => line.includes('user_prompt')),
      VISIBLE_MS,
    );
    await delay(SETTLED_MS);
    const stored = await everythingStored();
    expect(stored).toContain('user_prompt');
    const found = secrets.map((_, index) => `CANARY${index}x`).filter((mark) => stored.includes(mark));
    expect(found).toEqual([]);
  });
});

it('nothing listens beyond this machine', async () => {
  const ports = await stack.docker(
    'ps',
    '--filter',
    `label=com.docker.compose.project=${stack.project}`,
    '--format',
    '{{.Ports}}',
  );
  const published = [...ports.matchAll(/([\d.:[\]]+):(\d+)->/g)].map(([, host]) => host);
  expect(published.length).toBeGreaterThan(4);
  expect(new Set(published)).toEqual(new Set(['127.0.0.1']));
});
