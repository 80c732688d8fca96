import { describe, expect, it } from 'vitest';
import { resolvePaths } from '../../../cli/settings/paths.ts';
import { buildBridgeConfig } from '../../../cli/stack/bridge-config.ts';
import { decodeBridgeConfig } from '../../../otel-bridge/config.ts';
import { settingsFrom } from '../../helpers/settings-from.ts';

const paths = resolvePaths({ env: {}, userHome: '/home/ada', accountHome: '/home/ada', cwd: '/' });

function build(runtime: 'docker' | 'embedded', yaml: string, importHistory = true) {
  return buildBridgeConfig({
    runtime,
    settings: settingsFrom(yaml),
    paths,
    timezone: 'Europe/Berlin',
    trustedNetworks: [],
    targetAuthorities: new Map(),
    userHome: '/home/ada',
    hostname: 'laptop',
    agentHomes: [],
    importHistory,
  });
}

/** As the bridge reads it back from the file. */
function decoded(runtime: 'docker' | 'embedded', yaml = '') {
  return decodeBridgeConfig(JSON.parse(JSON.stringify(build(runtime, yaml))), 'bridge.json');
}

const EVERYTHING = `
tokens: always
projects: [{project: shop, agent: alice, match: {cwd: "/srv/*"}}]
prices: {my-model: {input: 3, output: 15}}
billing: {claude-code: flat}
privacy: {redact: [defaults, "x+"]}
targets: {cloud: {endpoint: "https://otlp.example.com", headers: {authorization: x}, raw: true}}
history: {import: all, homes: ["~/other", /srv/ada]}
`;

describe('buildBridgeConfig()', () => {
  it.each(['docker', 'embedded'] as const)('gives what the bridge decodes, %s', (runtime) => {
    expect(decoded(runtime)).toMatchObject({ version: 1, runtime, timezone: 'Europe/Berlin' });
    expect(decoded(runtime, EVERYTHING)).toMatchObject({
      billing: { 'claude-code': 'flat' },
      prices: { 'my-model': { input: 3, output: 15, cache_read: null } },
    });
  });

  it("sends to the Collector's two receivers in docker, and names paths of the container", () => {
    expect(decoded('docker')).toMatchObject({
      listen: ['0.0.0.0'],
      journal_path: '/var/lib/agent-monitor/journal.db',
      auth: { require_tokens: true },
      host: null,
      targets: [
        {
          name: 'collector',
          endpoint: 'http://otel-collector:4328',
          raw_endpoint: 'http://otel-collector:4318',
          signals: ['logs', 'metrics', 'traces'],
          digests: true,
        },
      ],
    });
  });

  it('follows transcripts itself when embedded, and asks nobody of this machine for a token', () => {
    expect(decoded('embedded')).toMatchObject({
      listen: ['127.0.0.1'],
      journal_path: '/home/ada/.local/share/agent-monitor/bridge/journal.db',
      auth: { require_tokens: false },
      targets: [],
      host: { homes: ['/home/ada'], import_days: 30, follow: true, hostname: 'laptop' },
    });
    expect(decoded('embedded', 'tokens: always').auth.require_tokens).toBe(true);
  });

  it('takes in as much history as was asked for', () => {
    expect(decoded('embedded', EVERYTHING).host).toMatchObject({
      homes: ['/home/ada', '/home/ada/other', '/srv/ada'],
      import_days: null,
    });
    expect(build('embedded', 'history: {import: none}').host?.import_days).toBe(0);
    expect(build('embedded', 'history: {import: 36h}').host?.import_days).toBe(2);
    expect(build('embedded', '', false).host?.import_days).toBe(0);
  });

  it('sends no traces where there is no Jaeger, and nothing that another target replaces', () => {
    const without = decoded('docker', 'parts: {jaeger: false}').targets[0]?.signals;
    expect(without).toEqual(['logs', 'metrics']);
    const replaced = 'targets: {cloud: {endpoint: "https://x.example.com", signals: [logs], replace: true}}';
    expect(
      decoded('docker', replaced).targets.map(({ name, signals, digests }) => ({ name, signals, digests })),
    ).toEqual([
      { name: 'collector', signals: ['metrics', 'traces'], digests: true },
      { name: 'cloud', signals: ['logs'], digests: true },
    ]);
  });

  it('answers only to its own names', () => {
    expect(decoded('docker', 'listen: [127.0.0.1, 192.168.122.1]').allowed_hosts).toEqual(
      expect.arrayContaining(['localhost', '127.0.0.1', 'agent-monitor', '192.168.122.1']),
    );
  });
});
