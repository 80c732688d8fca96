import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentTarget } from '../../../cli/agents/agent-target.ts';
import { codex } from '../../../cli/agents/codex.ts';
import { renderEnvironment, renderUnset } from '../../../cli/agents/render-environment.ts';

const target: AgentTarget = {
  otlpEndpoint: 'http://127.0.0.1:4318',
  token: 'amt_eyJ9.abc-_',
  project: 'demo',
  agent: 'codex@box',
  hostname: 'box',
  metricIntervalMs: 10_000,
  logIntervalMs: 5_000,
  traces: true,
  internalSpans: false,
  includeAccount: false,
  privacy: { prompts: false, responses: false, toolArguments: false, toolOutput: false },
};
const command = { name: 'codex', arguments: codex.commandArguments?.(target) ?? [] };

describe('codex', () => {
  it('is told by variables who it is, and by arguments where to send, without the token', () => {
    expect(codex.environment(target)).toEqual({
      OTEL_EXPORTER_OTLP_HEADERS: 'x-agent-monitor-token=amt_eyJ9.abc-_',
      OTEL_METRIC_EXPORT_INTERVAL: '10000',
      OTEL_BLRP_SCHEDULE_DELAY: '5000',
      OTEL_RESOURCE_ATTRIBUTES: 'project=demo,agent=codex@box,host.name=box',
    });
    expect(command.arguments).toEqual([
      '-c',
      'otel.exporter={otlp-http = {endpoint = "http://127.0.0.1:4318/v1/logs", protocol = "binary"}}',
      '-c',
      'otel.metrics_exporter={otlp-http = {endpoint = "http://127.0.0.1:4318/v1/metrics", protocol = "binary"}}',
      '-c',
      'otel.trace_exporter="none"',
      '-c',
      'otel.log_user_prompt=false',
    ]);
  });

  it('exports its spans only where internal ones are wanted', () => {
    const wanted = { ...target, internalSpans: true };
    expect(codex.commandArguments?.(wanted)).toContain(
      'otel.trace_exporter={otlp-http = {endpoint = "http://127.0.0.1:4318/v1/traces", protocol = "binary"}}',
    );
    expect(Object.keys(codex.environment(wanted)).sort()).toEqual([...codex.variables].sort());
    expect(codex.commandArguments?.({ ...wanted, traces: false })).toContain('otel.trace_exporter="none"');
  });

  it('has a text for config.toml that needs no variable to be let in', () => {
    expect(codex.settingsText?.(target)).toContain(
      'exporter = {otlp-http = {endpoint = "http://127.0.0.1:4318/v1/logs", protocol = "binary", headers = {"x-agent-monitor-token" = "amt_eyJ9.abc-_"}}}',
    );
  });

  it('gets names that keep the pairs of OTEL_RESOURCE_ATTRIBUTES apart and can be decoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (project) => {
        const value = codex.environment({ ...target, project }).OTEL_RESOURCE_ATTRIBUTES ?? '';
        const [first = '', ...others] = value.split(',');
        expect(others).toHaveLength(2);
        expect(decodeURIComponent(first.slice('project='.length))).toBe(project.toWellFormed());
      }),
    );
  });
});

describe('the function that takes the place of the command', () => {
  it('gives it the arguments first, and those of the user behind them, in a real shell', () => {
    const script = [
      renderEnvironment(
        { A: 'b' },
        { format: 'shell', command: { name: 'printf', arguments: ['%s|', "it's"] } },
      ),
      'printf "x y" z',
    ].join('\n');
    expect(execFileSync('/bin/sh', ['-c', script]).toString()).toBe("it's|x y|z|");
  });

  it('is written for fish and PowerShell too, and taken back with the variables', () => {
    expect(renderEnvironment({}, { format: 'fish', command })).toMatch(/^function codex; command codex -c /);
    expect(renderEnvironment({}, { format: 'pwsh', command })).toMatch(
      /^function codex \{ & \(Get-Command codex/,
    );
    expect(renderUnset(['A'], 'shell', 'codex')).toBe('unset A\nunset -f codex');
    expect(renderUnset(['A'], 'fish', 'codex')).toBe('set -e A\nfunctions -e codex');
    expect(renderUnset(['A'], 'pwsh', 'codex').split('\n')[1]).toContain('Function:codex');
  });
});
