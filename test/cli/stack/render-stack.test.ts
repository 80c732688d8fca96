import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ComposeFile } from '../../../compose/compose-file.ts';
import { IMAGES } from '../../../compose/images.ts';
import { goldenFiles } from '../../helpers/golden.ts';
import { renderScenario, type StackScenario } from '../../helpers/stack-scenario.ts';

const MOVED = `
ports: {ingest: 9101, ui: 9102, otlp_grpc: 9103, otlp_http: 9104, collector_health: 9105, prometheus: 9106, loki: 9107, jaeger: 9108, grafana: 9109}
`;

/** Scenarios whose files lie in test/golden/stack-<name>. */
const SCENARIOS: Readonly<Record<string, StackScenario>> = {
  default: { settings: '' },
  small: {
    settings: `
parts: {grafana: false, jaeger: false, promtail: false}
retention: {metrics: 90d, logs: 12h, agent_logs: 2d, metrics_size: 2GiB}
listen: [127.0.0.1, 192.168.122.1]
network: {name: agents, external: true}
registry_mirror: mirror.example.com/hub/
images: {loki: "registry.example.com/loki:3.7.8"}
`,
    home: '/srv/monitor',
  },
  moved: { settings: MOVED },
};

async function composeOf(scenario: StackScenario): Promise<ComposeFile> {
  const files = await renderScenario(scenario);
  return parse(files.get('compose.yaml') ?? '') as ComposeFile;
}

describe('the generated stack', () => {
  it.each(Object.entries(SCENARIOS))('%s is what was agreed on', async (name, scenario) => {
    const files = await renderScenario(scenario);
    expect(files).toEqual(await goldenFiles(`stack-${name}`, files));
  });

  it('is the same for the same settings', async () => {
    expect(await renderScenario({ settings: '' })).toEqual(await renderScenario({ settings: '' }));
  });

  it('locks every service down, bounds its memory and its logs, and starts it again', async () => {
    const { services } = await composeOf({ settings: '' });
    expect(Object.keys(services)).toEqual([
      'bridge',
      'otel-collector',
      'prometheus',
      'loki',
      'jaeger',
      'grafana',
      'promtail',
      'socket-proxy',
    ]);
    for (const [name, service] of Object.entries(services)) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        mem_limit: expect.stringMatching(/^\d+m$/),
        pids_limit: expect.any(Number),
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      });
      if (name !== 'otel-collector') expect(service.healthcheck?.interval, name).toBe('30s');
    }
  });

  it('publishes on loopback alone, unless settings listen elsewhere, and then the bridge alone', async () => {
    const addressesOf = async (settings: string) => {
      const { services } = await composeOf({ settings });
      return Object.entries(services).flatMap(([name, { ports }]) =>
        (ports ?? []).map(({ host_ip }) => ({ name, host_ip })),
      );
    };
    for (const { host_ip } of await addressesOf('')) expect(host_ip).toBe('127.0.0.1');
    const wider = await addressesOf('listen: [127.0.0.1, 10.1.2.3]');
    const outside = wider.filter(({ host_ip }) => host_ip !== '127.0.0.1');
    expect(new Set(outside.map(({ name }) => name))).toEqual(new Set(['bridge']));
    expect(outside).toHaveLength(4);
  });

  it("has the bridge alone on the agents' network", async () => {
    const { services, networks } = await composeOf({ settings: '' });
    const there = Object.entries(services).filter(([, service]) => 'agents' in service.networks);
    expect(there.map(([name]) => name)).toEqual(['bridge']);
    expect(services.bridge?.networks.agents).toEqual({ aliases: ['agent-monitor'] });
    expect(networks.agents).toEqual({ name: 'agent-monitor' });
    expect(services['socket-proxy']?.networks).toEqual({ socket: null });
    expect(networks.socket).toMatchObject({ internal: true });
  });

  it('moves every port inside as well as outside', async () => {
    const files = await renderScenario({ settings: MOVED });
    const { services } = parse(files.get('compose.yaml') ?? '') as ComposeFile;
    const published = Object.values(services).flatMap(({ ports }) => ports ?? []);
    for (const { target, published: outside } of published) expect(outside).toBe(String(target));
    expect(published.map(({ target }) => target).toSorted()).toEqual([
      9101, 9102, 9103, 9104, 9105, 9106, 9107, 9108, 9109,
    ]);
    const defaults = /\b(8080|8081|4317|13133|9090|3100|16686|3000)\b/;
    for (const [name, text] of files) {
      // Jaeger's own health port and Prometheus' container paths are nobody's business outside.
      const shown = text
        .split('\n')
        .filter((line) => !line.includes('13133') || !name.startsWith('jaeger'))
        .filter((line) => !line.includes('localhost:13133/status'));
      for (const line of shown) expect(line, `${name}: ${line}`).not.toMatch(defaults);
    }
  });

  it("carries the home's hash in every name where the home is not the default", async () => {
    const file = await composeOf({ settings: '', home: '/srv/monitor' });
    expect(file.name).toMatch(/^agent-monitor-[0-9a-f]{8}$/);
    const names = [...Object.values(file.networks), ...Object.values(file.volumes)].map(({ name }) => name);
    for (const name of names) expect(name.startsWith(file.name), name).toBe(true);
  });

  it('keeps the journal in a volume where Docker runs in a virtual machine', async () => {
    const { services, volumes } = await composeOf({ settings: '', engine: { isVirtualMachine: true } });
    expect(services.bridge?.user).toBe('0:0');
    expect(services.bridge?.volumes).toContainEqual({
      type: 'volume',
      source: 'journal',
      target: '/var/lib/agent-monitor',
    });
    expect(volumes.journal).toEqual({ name: 'agent-monitor-journal' });
  });

  it('pins every image by tag and digest', () => {
    for (const image of Object.values(IMAGES))
      expect(image).toMatch(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
  });

  it('starts a container anew when what it mounts has changed, and no other', async () => {
    const before = (await composeOf({ settings: '' })).services;
    const after = (await composeOf({ settings: 'retention: {logs: 20d}' })).services;
    const changed = Object.keys(before).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    );
    expect(changed).toEqual(['loki']);
  });

  it('puts no queue and no retry behind the bridge', async () => {
    const files = await renderScenario({ settings: '' });
    const config = parse(files.get('otel-config.yaml') ?? '') as {
      processors: Record<string, unknown>;
      exporters: Record<string, { sending_queue?: unknown; retry_on_failure?: unknown }>;
    };
    expect(Object.keys(config.processors).filter((name) => name.startsWith('batch'))).toEqual([]);
    for (const [name, exporter] of Object.entries(config.exporters)) {
      if (name === 'prometheus/raw') continue;
      expect(exporter, name).toMatchObject({
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      });
    }
  });
});
