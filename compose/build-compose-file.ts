import type { ComposeFile, ComposeService } from './compose-file.ts';
import type { ServiceName } from './service-names.ts';
import { bridgeService } from './services/bridge.ts';
import { grafanaService } from './services/grafana.ts';
import { jaegerService } from './services/jaeger.ts';
import { lokiService } from './services/loki.ts';
import { otelCollectorService } from './services/otel-collector.ts';
import { prometheusService } from './services/prometheus.ts';
import { promtailService } from './services/promtail.ts';
import { socketProxyService } from './services/socket-proxy.ts';
import type { StackPlan } from './stack-plan.ts';

/** Services that a plan has. Those of a profile are among them, whether they start or not. */
export function plannedServices({ parts }: Pick<StackPlan, 'parts'>): readonly ServiceName[] {
  return [
    'bridge',
    'otel-collector',
    'prometheus',
    'loki',
    ...(parts.jaeger ? (['jaeger'] as const) : []),
    ...(parts.grafana ? (['grafana'] as const) : []),
    ...(parts.promtail ? (['promtail', 'socket-proxy'] as const) : []),
  ];
}

const FRAGMENTS: Readonly<Record<ServiceName, (plan: StackPlan) => ComposeService>> = {
  bridge: bridgeService,
  'otel-collector': otelCollectorService,
  prometheus: prometheusService,
  loki: lokiService,
  jaeger: jaegerService,
  grafana: grafanaService,
  promtail: promtailService,
  'socket-proxy': socketProxyService,
};

/** compose.yaml of a plan. Pure. */
export function buildComposeFile(plan: StackPlan): ComposeFile {
  const names = plannedServices(plan);
  const services = Object.fromEntries(names.map((name) => [name, FRAGMENTS[name](plan)]));
  const mounts = Object.values(services).flatMap(({ volumes }) => volumes ?? []);
  const volumeNames = mounts.filter(({ type }) => type === 'volume').map(({ source }) => source);
  const { agentsNetwork, project, hostPaths, parts } = plan;
  return {
    name: project,
    services,
    networks: {
      // Agents' containers are here, and of the stack the bridge alone.
      agents: agentsNetwork.external
        ? { name: agentsNetwork.name, external: true }
        : { name: agentsNetwork.name },
      // Not "internal": Docker publishes no port of a container that has no other network.
      stack: { name: `${project}-stack` },
      ...(parts.promtail ? { socket: { name: `${project}-socket`, internal: true } } : {}),
    },
    volumes: Object.fromEntries(volumeNames.map((name) => [name, { name: `${project}-${name}` }])),
    secrets: {
      'token-secret': { file: hostPaths.tokenSecretFile },
      ...(parts.grafana ? { 'grafana-password': { file: hostPaths.grafanaPasswordFile } } : {}),
    },
  };
}
