import { describe, expect, it } from 'vitest';
import { type EndpointQuestion, resolveEndpoint } from '../../../cli/agents/resolve-endpoint.ts';
import { loadSettings } from '../../../cli/settings/load-settings.ts';

const { settings } = await loadSettings({ file: '/nowhere/settings.yaml', env: {} });

function ask(question: Partial<EndpointQuestion>) {
  return resolveEndpoint({
    runtime: 'embedded',
    settings,
    format: 'shell',
    host: undefined,
    platform: 'linux',
    agentsNetwork: 'agents-of-this-home',
    ...question,
  });
}

describe('resolveEndpoint()', () => {
  it('is loopback for agents of this machine, with a token in docker mode only', () => {
    const endpoint = 'http://127.0.0.1:4318';
    expect(ask({})).toEqual({ endpoint, dockerArguments: [], needsToken: false });
    expect(ask({ runtime: 'docker' })).toEqual({ endpoint, dockerArguments: [], needsToken: true });
    expect(ask({ settings: { ...settings, tokens: 'always' } }).needsToken).toBe(true);
  });

  it("is the bridge's name on the agents' network for containers beside the stack", () => {
    const moved = {
      ...settings,
      ports: { ...settings.ports, otlp_http: 14318 },
    };
    expect(ask({ runtime: 'docker', format: 'docker', settings: moved })).toEqual({
      endpoint: 'http://agent-monitor:14318',
      dockerArguments: ['--network', 'agents-of-this-home'],
      needsToken: true,
    });
  });

  it("is the host's loopback through the host's network for containers without a stack", () => {
    expect(ask({ format: 'docker' })).toEqual({
      endpoint: 'http://127.0.0.1:4318',
      dockerArguments: ['--network', 'host'],
      needsToken: false,
    });
    expect(() => ask({ format: 'docker', platform: 'darwin' })).toThrow('listens on loopback');
  });

  it('is the address that the user gives, then always with a token', () => {
    expect(ask({ host: '192.168.122.1' })).toEqual({
      endpoint: 'http://192.168.122.1:4318',
      dockerArguments: [],
      needsToken: true,
    });
    expect(ask({ host: 'fd00::1' }).endpoint).toBe('http://[fd00::1]:4318');
    expect(ask({ host: 'localhost' }).needsToken).toBe(false);
  });
});
