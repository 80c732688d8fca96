import type { ComposeService, Mount } from '../compose-file.ts';
import { configLabels, configMount, HARDENED, healthcheck, listenPorts } from '../hardening.ts';
import type { StackPlan } from '../stack-plan.ts';

/** Paths inside the bridge's container; bridge.json of the docker runtime names them. */
export const BRIDGE_CONTAINER = {
  program: '/app/bridge.mjs',
  roles: '/app/bridge-roles.mjs',
  journal: '/app/bridge-journal.mjs',
  configFile: '/etc/agent-monitor/bridge.json',
  tokenSecretFile: '/run/secrets/token-secret',
  dataDir: '/var/lib/agent-monitor',
  stateDir: '/tmp/agent-monitor',
} as const;

/**
 * The bridge: front door of the stack and the only service on the agents' network.
 * A stock Node image runs our bundled program.
 */
export function bridgeService(plan: StackPlan): ComposeService {
  const { ports, hostPaths } = plan;
  // Not fetch, whose parts take half as long to load as Node itself.
  const probe = `require('http').get('http://127.0.0.1:${ports.ingest}/healthz', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))`;
  const journal: Mount =
    hostPaths.bridgeDir === null
      ? { type: 'volume', source: 'journal', target: BRIDGE_CONTAINER.dataDir }
      : {
          type: 'bind',
          source: hostPaths.bridgeDir,
          target: BRIDGE_CONTAINER.dataDir,
          bind: { create_host_path: false },
        };
  return {
    ...HARDENED,
    image: plan.images.bridge,
    user: plan.user,
    command: ['node', BRIDGE_CONTAINER.program, 'supervise', '--config', BRIDGE_CONTAINER.configFile],
    // SQLite's and V8's caches have to fit below mem_limit.
    environment: { TZ: plan.timezone, NODE_OPTIONS: '--max-old-space-size=384' },
    ports: [
      ...listenPorts(plan, 'ingest', ports.ingest),
      ...listenPorts(plan, 'ui', ports.ui),
      ...listenPorts(plan, 'otlp-grpc', ports.otlp_grpc),
      ...listenPorts(plan, 'otlp-http', ports.otlp_http),
    ],
    volumes: [
      configMount('bridge.mjs', BRIDGE_CONTAINER.program),
      configMount('bridge-roles.mjs', BRIDGE_CONTAINER.roles),
      configMount('bridge-journal.mjs', BRIDGE_CONTAINER.journal),
      configMount('bridge.json', BRIDGE_CONTAINER.configFile),
      journal,
    ],
    secrets: [{ source: 'token-secret', target: 'token-secret' }],
    tmpfs: ['/tmp'],
    networks: { agents: { aliases: ['agent-monitor'] }, stack: null },
    depends_on: { 'otel-collector': { condition: 'service_started' } },
    healthcheck: healthcheck(['CMD', 'node', '-e', probe]),
    labels: configLabels(plan, 'bridge'),
    // The supervisor is no init: it does not reap what others leave behind.
    init: true,
    mem_limit: '640m',
    pids_limit: 128,
    stop_grace_period: '15s',
  };
}
