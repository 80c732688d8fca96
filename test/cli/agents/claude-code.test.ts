import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAgentKind } from '../../../cli/agents/agent-kinds.ts';
import type { AgentTarget } from '../../../cli/agents/agent-target.ts';
import { claudeCode } from '../../../cli/agents/claude-code.ts';
import { renderEnvironment, renderUnset } from '../../../cli/agents/render-environment.ts';

const target: AgentTarget = {
  otlpEndpoint: 'http://127.0.0.1:4318',
  token: null,
  project: 'demo',
  agent: 'claude-code@box',
  hostname: 'box',
  metricIntervalMs: 10_000,
  logIntervalMs: 5_000,
  traces: true,
  internalSpans: false,
  includeAccount: false,
  privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
};

describe('claudeCode.environment()', () => {
  it('points every signal at the bridge and hides what is private by default', () => {
    expect(claudeCode.environment(target)).toEqual({
      CLAUDE_CODE_ENABLE_TELEMETRY: '1',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: '10000',
      OTEL_LOGS_EXPORT_INTERVAL: '5000',
      OTEL_TRACES_EXPORT_INTERVAL: '5000',
      CLAUDE_CODE_OTEL_SHUTDOWN_TIMEOUT_MS: '10000',
      OTEL_RESOURCE_ATTRIBUTES: 'project=demo,agent=claude-code%40box,host.name=box',
      OTEL_METRICS_INCLUDE_SESSION_ID: 'true',
      OTEL_METRICS_INCLUDE_RESOURCE_ATTRIBUTES: 'true',
      OTEL_METRICS_INCLUDE_ACCOUNT_UUID: 'false',
      OTEL_LOG_USER_PROMPTS: '0',
      OTEL_LOG_ASSISTANT_RESPONSES: '0',
      OTEL_LOG_TOOL_DETAILS: '0',
      OTEL_LOG_TOOL_CONTENT: '0',
    });
  });

  it('leaves spans out when they are not wanted', () => {
    const names = Object.keys(claudeCode.environment({ ...target, traces: false }));
    expect(names.filter((name) => /TRACE|BETA/.test(name))).toEqual([]);
  });

  it('sends a token in a header whose value needs no escaping', () => {
    const environment = claudeCode.environment({ ...target, token: 'amt_eyJ9.abc-_' });
    expect(environment.OTEL_EXPORTER_OTLP_HEADERS).toBe('x-agent-monitor-token=amt_eyJ9.abc-_');
  });

  it('lists every variable that it sets, so that all of them can be unset', () => {
    const names = Object.keys(claudeCode.environment({ ...target, token: 'amt_x.y' }));
    expect([...claudeCode.variables].sort()).toEqual(names.sort());
  });

  it('says aloud what may be sent in clear', () => {
    const privacy = { prompts: true, responses: true, toolArguments: true, toolOutput: true };
    const environment = claudeCode.environment({ ...target, privacy });
    const switches = Object.entries(environment).filter(([name]) => name.startsWith('OTEL_LOG_'));
    expect(switches.map(([, value]) => value)).toEqual(['1', '1', '1', '1']);
  });
});

describe('findAgentKind()', () => {
  it('knows an agent by name and alias', () => {
    expect(findAgentKind('claude-code')).toBe(claudeCode);
    expect(findAgentKind('claude')).toBe(claudeCode);
    expect(findAgentKind('clod')).toBeUndefined();
  });
});

describe('renderEnvironment()', () => {
  const environment = { A: "it's $HOME", B: 'plain' };

  it('writes each format', () => {
    const render = (format: Parameters<typeof renderEnvironment>[1]['format']) =>
      renderEnvironment(environment, { format, dockerArguments: ['--network', 'agents'] });
    expect(render('shell')).toBe(`export A='it'\\''s $HOME'\nexport B=plain`);
    expect(render('fish')).toBe(`set -gx A 'it\\'s $HOME'\nset -gx B plain`);
    expect(render('pwsh')).toBe(`$env:A = 'it''s $HOME'\n$env:B = 'plain'`);
    expect(render('dotenv')).toBe(`A=it's $HOME\nB=plain`);
    expect(render('docker')).toBe(`--network agents -e 'A=it'\\''s $HOME' -e B=plain`);
    expect(JSON.parse(render('json'))).toEqual(environment);
    expect(JSON.parse(render('settings'))).toEqual({ env: environment });
  });

  it('writes docker arguments of a target without anything that a shell would split or expand', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (project, agent) => {
        const text = renderEnvironment(
          claudeCode.environment({ ...target, project, agent, token: 'amt_eyJz.x_-' }),
          { format: 'docker' },
        );
        expect(text).toMatch(/^[\w@%+=:,./ -]+$/);
      }),
    );
  });
});

describe('renderUnset()', () => {
  it('takes the variables back', () => {
    expect(renderUnset(['A', 'B'], 'shell')).toBe('unset A B');
    expect(renderUnset(['A', 'B'], 'fish')).toBe('set -e A\nset -e B');
    expect(JSON.parse(renderUnset(['A'], 'settings'))).toEqual({ env: { A: null } });
  });
});
