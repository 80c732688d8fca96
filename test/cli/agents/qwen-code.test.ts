import { describe, expect, it } from 'vitest';
import { findAgentKind } from '../../../cli/agents/agent-kinds.ts';
import type { AgentTarget } from '../../../cli/agents/agent-target.ts';
import { qwenCode } from '../../../cli/agents/qwen-code.ts';

const target: AgentTarget = {
  otlpEndpoint: 'http://127.0.0.1:4318',
  token: 'amt_1',
  project: 'a shop, mine',
  agent: 'alice',
  hostname: 'box',
  metricIntervalMs: 10_000,
  logIntervalMs: 5_000,
  traces: true,
  internalSpans: false,
  includeAccount: false,
  privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
};

describe('qwenCode.environment()', () => {
  it('points every signal at the bridge, with the token, and hides what is private by default', () => {
    expect(qwenCode.environment(target)).toEqual({
      QWEN_TELEMETRY_ENABLED: 'true',
      QWEN_TELEMETRY_TARGET: 'local',
      QWEN_TELEMETRY_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      QWEN_TELEMETRY_OTLP_PROTOCOL: 'http',
      QWEN_TELEMETRY_LOG_PROMPTS: 'false',
      QWEN_TELEMETRY_METRICS_INCLUDE_SESSION_ID: 'true',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-agent-monitor-token=amt_1',
      OTEL_RESOURCE_ATTRIBUTES: 'project=a%20shop%2C%20mine,agent=alice,host.name=box',
    });
  });

  it('sends no token where none is wanted', () => {
    expect(qwenCode.environment({ ...target, token: null })).not.toHaveProperty('OTEL_EXPORTER_OTLP_HEADERS');
  });

  it('exports prompts only where all that comes with them may be sent', () => {
    const all = { prompts: true, responses: true, toolArguments: true, toolOutput: true };
    const exported = (privacy: AgentTarget['privacy']) =>
      qwenCode.environment({ ...target, privacy }).QWEN_TELEMETRY_LOG_PROMPTS;
    expect(exported(all)).toBe('true');
    expect(exported({ ...all, responses: false })).toBe('false');
  });

  it('names every variable that it sets, so that all can be unset', () => {
    const names = Object.keys(qwenCode.environment(target));
    expect(names.filter((name) => !qwenCode.variables.includes(name))).toEqual([]);
  });

  it('is found by its name and by its command', () => {
    expect(findAgentKind('qwen-code')).toBe(qwenCode);
    expect(findAgentKind('qwen')).toBe(qwenCode);
  });
});
