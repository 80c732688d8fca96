import { describe, expect, it } from 'vitest';
import { AGENT_KINDS, findAgentKind } from '../../../cli/agents/agent-kinds.ts';
import type { AgentTarget } from '../../../cli/agents/agent-target.ts';
import { renderEnvironment } from '../../../cli/agents/render-environment.ts';

const TARGET: AgentTarget = {
  otlpEndpoint: 'http://127.0.0.1:4318',
  token: 'abc.def',
  project: 'my shop',
  agent: "ann's",
  hostname: 'box',
  metricIntervalMs: 10_000,
  logIntervalMs: 5000,
  traces: true,
  internalSpans: false,
  includeAccount: false,
  privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
};

const OPEN = { prompts: true, responses: true, toolArguments: true, toolOutput: true };

/** Agents whose variables name the endpoint; Codex has it in arguments. */
const BY_VARIABLES = AGENT_KINDS.filter(({ commandArguments }) => commandArguments === undefined);

describe.each(AGENT_KINDS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  it('unsets every variable that it sets', () => {
    const open = kind.environment({ ...TARGET, privacy: OPEN, includeAccount: true, internalSpans: true });
    expect(kind.variables).toEqual(
      expect.arrayContaining(Object.keys({ ...kind.environment(TARGET), ...open })),
    );
  });

  it('says to whom its telemetry belongs, encoded', () => {
    const { OTEL_RESOURCE_ATTRIBUTES: resource = '' } = kind.environment(TARGET);
    expect(resource).toContain('project=my%20shop');
    expect(resource).toContain('agent=ann%27s');
    expect(resource).toContain('host.name=box');
  });

  it('sends no token where none is wanted', () => {
    expect(renderEnvironment(kind.environment(TARGET), { format: 'json' })).toContain('abc.def');
    expect(renderEnvironment(kind.environment({ ...TARGET, token: null }), { format: 'json' })).not.toContain(
      'x-agent-monitor-token',
    );
  });
});

it.each(BY_VARIABLES.map((kind) => [kind.name, kind] as const))('%s is pointed here', (_name, kind) => {
  expect(Object.values(kind.environment(TARGET))).toContain('http://127.0.0.1:4318');
});

it.each(['copilot', 'goose'])('%s sends content only where all of it may be sent', (name) => {
  const kind = findAgentKind(name);
  const captured = (privacy: AgentTarget['privacy']): string | undefined =>
    kind?.environment({ ...TARGET, privacy }).OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT;
  expect(captured(TARGET.privacy)).toBe('false');
  expect(captured({ ...OPEN, toolOutput: false })).toBe('false');
  expect(captured(OPEN)).toBe('true');
});

it('OpenClaw samples every span: what is left out is not counted', () => {
  const settings = JSON.parse(findAgentKind('openclaw')?.settingsText?.(TARGET) ?? '{}');
  expect(settings.diagnostics.otel).toMatchObject({
    sampleRate: 1,
    endpoint: 'http://127.0.0.1:4318',
    headers: { 'x-agent-monitor-token': 'abc.def' },
  });
});

it('OpenCode is told by a variable to export its spans', () => {
  const { OPENCODE_CONFIG_CONTENT: content = '{}' } = findAgentKind('opencode')?.environment(TARGET) ?? {};
  expect(JSON.parse(content)).toEqual({ experimental: { openTelemetry: true } });
});

it('what docker gets through "$(...)" is split at blanks alone, so that quotes stay where they belong', () => {
  const environment = findAgentKind('opencode')?.environment(TARGET) ?? {};
  const words = renderEnvironment(environment, { format: 'docker' }).split(' ');
  expect(words).toContain('OPENCODE_CONFIG_CONTENT={"experimental":{"openTelemetry":true}}');
});
